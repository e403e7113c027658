"""What a run says of itself when it has published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskml.core.language import Label
from riskml.runs.run_manifest import Revision

STAGES = {
    "changes": Label("变化", "changes"),
    "clocks": Label("时日推移", "passing of days"),
    "relations": Label("派生关系", "relations"),
    "rules": Label("规则", "rules"),
    "industries": Label("产业", "industries"),
    "indicators": Label("指标", "indicators"),
    "contributions": Label("贡献", "contributions"),
    "scores": Label("得分", "scores"),
    "grades": Label("等级", "grades"),
    "reasons": Label("原因", "reasons"),
    "evidence": Label("依据", "evidence"),
    "merging": Label("合并", "merging"),
    "writing": Label("写入", "writing"),
    "manifest": Label("清单", "manifest"),
    "report": Label("报告", "report"),
}
"""The stages of a run; one that is not listed goes by its own name."""


def stage_label(name: str) -> str:
    """A stage in the language that is spoken.

    >>> from riskml.core.language import Language, speaking
    >>> with speaking(Language.en):
    ...     stage_label("clocks"), stage_label("another")
    ('passing of days', 'another')
    """
    return STAGES[name].said if name in STAGES else name


@dataclass(frozen=True)
class Daily:
    """How far a daily run could go on from the run before.

    Parameters
    ----------
    base
        The as-of date of the run it went on from; None where it was a full run after all.
    full_because
        Why it was, in Chinese and in English.
    touched, crossed
        How many enterprises were computed anew, and how many were scored anew because days passed.
    """

    base: date | None
    full_because: tuple[str, str] | None
    touched: int
    crossed: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        if self.full_because is not None:
            return {"full_because": {"zh": self.full_because[0], "en": self.full_because[1]}}
        return {"base": str(self.base), "touched": self.touched, "crossed": self.crossed}


@dataclass(frozen=True)
class RunResult:
    """What a run published.

    Parameters
    ----------
    folder
        Its path, or its URI where Spark made it.
    grades
        Grade → number of enterprises.
    industries
        Local industry → ``industry_grade`` and ``combined_grade``, each grade → number of enterprises; of those with a
        model in use.
    simulated
        Whether any of the records were simulated.
    seconds
        Stage → seconds. Of a stage that ran for several buckets at once, its share of them.
    peak_memory_gib
        The largest resident size of the process; on Spark of the one that started the run, without its workers.
    notes
        What a reader of its grades should know of its dates.
    daily
        Of a daily run, what it computed anew.
    revision
        Where it took the place of a run of the same date that was made of something else.
    """

    scheme: str
    as_of: date
    folder: Path | str
    enterprises: int
    grades: dict[str, int]
    industries: dict[str, Any]
    simulated: bool
    seconds: dict[str, float]
    peak_memory_gib: float
    daily: Daily | None
    revision: Revision | None = None
    notes: tuple[Label, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "scheme": self.scheme,
            "as_of": self.as_of.isoformat(),
            "simulated": self.simulated,
            "folder": str(self.folder),
            "enterprises": self.enterprises,
            "grades": self.grades,
            **({"industries": self.industries} if self.industries else {}),
            "seconds": self.seconds,
            "peak_memory_gib": self.peak_memory_gib,
            "daily": self.daily and self.daily.to_dict(),
            "revision": self.revision and self.revision.model_dump(mode="json"),
            "notes": [vars(note) for note in self.notes],
        }
