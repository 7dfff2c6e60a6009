"""The seeded platform, for every test of the worker."""

from tests.flows.seeding import seeded

__all__ = ["seeded"]
