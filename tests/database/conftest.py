"""Tests of the database take `desk`."""

from databases import desk, postgresql

__all__ = ["desk", "postgresql"]
