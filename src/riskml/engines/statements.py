"""What runs a statement and gives its rows: a connection of the engine, or one that keeps its plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Result(Protocol):
    """What a statement found."""

    @property
    def description(self) -> Sequence[Any]:
        """One entry for each column, its name first."""
        ...

    def fetchall(self) -> list[Any]:
        """Every row, as a tuple."""
        ...


class Statements(Protocol):
    """Runs statements."""

    def execute(self, query: str, parameters: Any = None) -> Result:
        """Run one, with values in the place of ``?`` and ``$1``."""
        ...
