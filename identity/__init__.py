"""Who is who: normalised identifiers, evidence, the partition of records into persons, its history.

Pure: rules, verdicts, blocked values and ids are arguments; nothing here reads a clock, a file or a
database. Records are told apart by opaque tokens, so nothing in a partition is personal data.
"""
