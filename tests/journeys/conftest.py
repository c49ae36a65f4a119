"""Fixtures of the journeys."""

from tests.journeys.company import export, shop

__all__ = ["export", "shop"]
