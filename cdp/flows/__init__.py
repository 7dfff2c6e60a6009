"""Flows: one verb a file. Values from the store, ask a room, give to the store, report.

A flow gets its unit of work (`tx`), its keys and the moment; it opens, commits and calls no other
flow. What runs them one after another is `cdp.work`.
"""
