"""Threads that see what is in use where they were started (`riskml.records.tables.using`)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


class ContextPool(ThreadPoolExecutor):
    """A pool whose threads work in the context of whoever hands them the work, as an ordinary pool's do not."""

    def submit(self, fn: Callable[Given, Found], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Found]:
        """Have a thread call `fn` in a copy of the context of this call."""
        context = copy_context()
        return super().submit(lambda: context.run(fn, *args, **kwargs))
