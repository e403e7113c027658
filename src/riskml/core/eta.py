"""How long a command will still take, from how long its stages took the last time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Stage(NamedTuple):
    """A stage that ended: its name, how long it took in seconds, and the steps it was made of."""

    name: str
    seconds: float
    steps: int


@dataclass
class Eta:
    """How long a command under way will still take, told from its last run.

    Parameters
    ----------
    earlier
        The stages of the last run in their order. Their costs differ by far more than their numbers of steps, so that
        steps alone would promise an end that keeps moving away.
    clock
        Seconds since some moment.
    """

    earlier: Sequence[Stage] = ()
    clock: Callable[[], float] = time.monotonic
    taken: list[Stage] = field(default_factory=list)
    stage: str | None = None
    _steps: int = 0
    _since: float = 0.0
    _step_since: float = 0.0

    def step(self, stage: str) -> None:
        """A step begins, of the stage under way or of a new one."""
        if stage != self.stage:
            self.end_stage()
            self.stage, self._steps, self._since = stage, 0, self.clock()
        self._steps += 1
        self._step_since = self.clock()

    def end_stage(self) -> Stage | None:
        """The stage under way ends; returns it, None where there is none."""
        if self.stage is None:
            return None
        ended = Stage(self.stage, self.clock() - self._since, self._steps)
        self.taken.append(ended)
        self.stage = None
        return ended

    def seconds_left(self) -> float | None:
        """Seconds until the end; None where there is no last run to tell it from, or its stages were other ones.

        The times of the last run are scaled by how much slower this one is so far: the province may have grown, the
        machine be busy.
        """
        place = len(self.taken)
        if self.stage is None or place >= len(self.earlier) or self.earlier[place].name != self.stage:
            return None
        last = self.earlier[place]
        before = sum(stage.seconds for stage in self.earlier[:place])
        factor = sum(stage.seconds for stage in self.taken) / before if before > 1 else 1.0
        whole = last.seconds * factor
        done = self._steps - 1
        if done >= 2 and last.steps > self._steps:
            # Many steps of one kind: this run's own tell more than the last one's.
            whole = (self._step_since - self._since) / done * last.steps
            factor = whole / last.seconds if last.seconds > 0 else factor
        here = max(whole - (self.clock() - self._since), 0.0)
        return here + factor * sum(stage.seconds for stage in self.earlier[place + 1 :])
