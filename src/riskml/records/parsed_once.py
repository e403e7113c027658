"""What a text says, parsed once: a command reads the same files several times, and the desk with every page."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from riskml.core.checked import was_checked
from riskml.records.table_files import Tables
from riskml.records.tables import tables_in_use

Given = ParamSpec("Given")
Read = TypeVar("Read")


@dataclass(frozen=True)
class _Asked:
    """What is parsed, for which tables, by whom; `told` is compared with nothing."""

    given: tuple[Hashable, ...]
    tables: Tables
    checked: bool
    told: dict[str, Any] = field(compare=False)


def parsed_once(most: int) -> Callable[[Callable[Given, Read]], Callable[Given, Read]]:
    """Keep what a function made of its arguments, for the record tables in use and for readers who check or need not.

    Arguments given by name are those that only errors tell, such as a file's name: they are compared with nothing. What
    the function gives must never change; errors are not kept.

    Parameters
    ----------
    most
        As many are kept; those used last.
    """

    def keeping(parse: Callable[Given, Read]) -> Callable[Given, Read]:
        @lru_cache(maxsize=most)
        def kept(asked: _Asked) -> Read:
            return parse(*asked.given, **asked.told)  # type: ignore[arg-type]

        @wraps(parse)
        def parsed(*given: Given.args, **told: Given.kwargs) -> Read:
            return kept(_Asked(given, tables_in_use(), was_checked(), told))

        return parsed

    return keeping
