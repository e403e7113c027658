"""A PostgreSQL server of the tests' own."""

from databases import postgresql

__all__ = ["postgresql"]
