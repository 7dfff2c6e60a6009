"""The seeded platform, for every test of flows."""

from tests.flows.seeding import seeded

__all__ = ["seeded"]
