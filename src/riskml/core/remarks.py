"""What is wrong without stopping what was asked: who asked decides how it is shown."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from riskml.core.errors import RiskmlError

_SHOW: ContextVar[Callable[[RiskmlError], None] | None] = ContextVar("how remarks are shown", default=None)


def remark(error: RiskmlError) -> None:
    """Have `error` shown; an ordinary Python warning, in the language spoken, where nobody says how, as in a
    notebook.
    """
    if (show := _SHOW.get()) is None:
        warnings.warn(str(error), stacklevel=2)
    else:
        show(error)


@contextmanager
def remarks_to(show: Callable[[RiskmlError], None]) -> Iterator[None]:
    """Have what is remarked in the block given to `show`.

    >>> seen = []
    >>> with remarks_to(seen.append):
    ...     remark(RiskmlError("少一期", "One run is missing"))
    >>> seen[0].en
    'One run is missing'
    """
    token = _SHOW.set(show)
    try:
        yield
    finally:
        _SHOW.reset(token)
