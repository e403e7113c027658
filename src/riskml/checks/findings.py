"""What a check found: one finding for each thing looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from riskml.core.errors import RiskmlError
from riskml.core.language import Label

Level = Literal["ok", "warning", "error"]

Read = TypeVar("Read")

ABOUT = {
    "configuration": Label("配置", "configuration"),
    "sources": Label("来源", "sources"),
    "delivery": Label("送来的文件", "delivery"),
    "records": Label("记录", "records"),
    "references": Label("引用", "references"),
    "disk": Label("磁盘", "disk"),
    "memory": Label("内存", "memory"),
    "time": Label("用时", "time"),
    "clock": Label("时钟", "clock"),
    "policy": Label("办法", "policy"),
    "ledger": Label("总账", "ledger"),
    "logs": Label("日志", "logs"),
    "model": Label("模型", "model"),
    "runs": Label("结果", "runs"),
    "decisions": Label("人员决定", "decisions"),
    "lock": Label("锁", "lock"),
    "folders": Label("目录", "folders"),
}
"""What is looked at before a run."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at before a run.

    Parameters
    ----------
    about
        What was looked at: a key of `ABOUT`.
    level
        ``error`` where the run would fail of it.
    zh, en
        What is so, naming the file, and what to do about it where something is wrong.
    exit_code
        Of an error: 1, or 2 where the configuration is wrong; 0 of all others.
    """

    about: str
    level: Level
    zh: str
    en: str
    exit_code: int = 0

    def __post_init__(self) -> None:
        assert self.about in ABOUT, self.about

    @classmethod
    def of(cls, about: str, error: RiskmlError) -> Finding:
        """What an error says, as a finding."""
        return cls(about, "error", error.zh, error.en, error.exit_code)


def attempt(about: str, read: Callable[[], Read], found: list[Finding]) -> Read | None:
    """What `read` returns; None where it raised an error for the user, which is added to `found`."""
    try:
        return read()
    except RiskmlError as error:
        found.append(Finding.of(about, error))
        return None


def exit_code(findings: tuple[Finding, ...]) -> int:
    """0 without an error; 2 where the configuration is wrong; 1 where the run would fail of something else."""
    return max((finding.exit_code for finding in findings), default=0)
