"""May we: consent facts, the policy of a workspace, and the decision with its reason.

Pure: the moment, the policy and the facts are arguments; nothing here reads a clock, a file or a
database. Contact points are opaque references, so a decision handles no personal data.
"""
