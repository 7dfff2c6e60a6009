"""The tables, module by module (main has two); a table is in exactly one of them.

Every table carries `workspace_id`. Columns hold ids, counters, instants, reason codes, keyed MACs
and sealed bytes; nothing personal is in clear.
"""
