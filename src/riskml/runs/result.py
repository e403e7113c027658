"""What a run says of itself when it has published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskml.core.language import Label
from riskml.runs.run_manifest import Revision

STAGES = {
    "relations": Label("派生关系", "relations"),
    "rules": Label("规则", "rules"),
    "industries": Label("产业", "industries"),
    "indicators": Label("指标", "indicators"),
    "contributions": Label("贡献", "contributions"),
    "scores": Label("得分", "scores"),
    "grades": Label("等级", "grades"),
    "reasons": Label("原因", "reasons"),
    "evidence": Label("依据", "evidence"),
    "writing": Label("写入", "writing"),
    "manifest": Label("清单", "manifest"),
    "report": Label("报告", "report"),
}
"""The stages of a run; one that is not listed goes by its own name."""


def stage_label(name: str) -> str:
    """A stage in the language that is spoken.

    >>> from riskml.core.language import Language, speaking
    >>> with speaking(Language.en):
    ...     stage_label("relations"), stage_label("another")
    ('relations', 'another')
    """
    return STAGES[name].said if name in STAGES else name


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
            "revision": self.revision and self.revision.model_dump(mode="json"),
            "notes": [vars(note) for note in self.notes],
        }
