"""The vault: every cipher, every key and nothing else.

No other package imports `cryptography` for data at rest. Nothing here knows SQL; callers hand in
ids and bytes and get bytes. The keys of a workspace lie in a directory of their own, and every
sealed byte, signature and token also names its workspace, so nothing crosses.

Three roles, each holding the keys of its work and no others (`keyring`):

    intake       seals and cannot read what it sealed; keyed MACs of external keys and contents
    custodian    reads records, resolves, builds and signs views
    disclosure   opens the views of its purposes, after checking the custodian's signature

Opening raises `envelope.CannotOpen` or gives the exact bytes that were sealed at this very place;
it never returns None, never tries a second key.
"""
