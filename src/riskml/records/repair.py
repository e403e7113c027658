"""Which records may be repaired or brought to an end, from which day on and by which text, as data versioned by the day
the law changed (``features/repair.yaml``).

What a text does not say is marked as ours; of what was read in summary only the file says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.init import shipped_files
from riskml.core.language import Label
from riskml.core.validation import ContentError, matching, nearest
from riskml.records.effect_periods import check_entry
from riskml.records.lengths import later
from riskml.records.tables import TABLES, Table

REPAIR = "repair.yaml"

StepKind = Literal["repaired", "ended"]
"""``repaired``: the record is not used any more; ``ended``: a state is over and counts on for its effect period."""

CorrectionKind = Literal["misjudged", "revoked", "reduced"]

Basis = Literal["text", "summary", "ours"]
"""What was read of a text: the article itself, a summary only; or nothing, the reading is ours."""

NO_LAW = "none"
"""The entry of ``laws`` that stands for no text at all."""

OWN_ACT = "own_act"
"""The entry of ``laws`` for what an enterprise does without anybody's leave: arrears paid, a post given up."""

After = Annotated[
    str,
    matching(
        r"0d|[1-9]\d{0,4}d|[1-9]\d{0,3}m|[1-9]\d{0,2}y|never",
        "时长，如 90d（天）、3m（月）、1y（年），或 never",
        "a length like 90d, 3m, 1y or never",
    ),
]


class Law(Entry):
    """A text, and what was read of it."""

    label: Label
    read: Basis


class Reading(Entry):
    """What a text says of a step.

    Parameters
    ----------
    ours
        The text does not say it: the reading is ours.
    """

    law: Identifier
    ours: bool = False
    reading: Label


class StepVersion(Reading):
    """From one change of the law on: how long after the clock the step is allowed."""

    in_force: date
    after: After


class StepCase(Entry):
    """A kind of step for the records of a table that satisfy `where`.

    Parameters
    ----------
    clock
        The column that `StepVersion.after` runs from, the record's own date where it is null.
    not_before
        The column of a day before which the step is never allowed.
    """

    kind: StepKind
    where: str = "true"
    clock: str
    not_before: str | None = None
    versions: tuple[StepVersion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> StepCase:
        dates = [version.in_force for version in self.versions]
        if dates != sorted(set(dates)):
            raise ContentError(
                "versions 应按 in_force 由早到晚排列，每个日期一次",
                "versions must be in the order of in_force, each date once",
                field="versions",
            )
        return self


class Correction(Reading):
    """What an authority establishes of a record of a table, of any where none is named."""

    kind: CorrectionKind
    table: Identifier | None = None


class RepairLaw(Entry):
    """The content of repair.yaml: table → cases, tried in order for each kind of step."""

    label: Label
    laws: dict[Identifier, Law]
    steps: dict[str, tuple[StepCase, ...]]
    filing: Reading
    corrections: tuple[Correction, ...]

    @model_validator(mode="after")
    def _known(self) -> RepairLaw:
        if missing := {NO_LAW, OWN_ACT} - set(self.laws):
            raise ContentError(
                f"缺少 {'、'.join(sorted(missing))}", f"lacks {', '.join(sorted(missing))}", field="laws"
            )
        for name, cases in self.steps.items():
            if name not in TABLES:
                zh, en = nearest(name, TABLES)
                raise ContentError(f"没有记录表 {name!r}{zh}", f"there is no record table {name!r}{en}", field="steps")
            for number, case in enumerate(cases, 1):
                before = {one.where for one in cases[: number - 1] if one.kind == case.kind}
                try:
                    _check_case(TABLES[name], case, before)
                except ContentError as error:
                    place = f"steps.{name}"
                    own = f".{error.field}" if error.field else ""
                    raise ContentError(
                        f"{place}（第 {number} 项）{own}：{error.zh}", f"{place} (item {number}){own}: {error.en}"
                    ) from error
        general = {one.kind for one in self.corrections if one.table is None}
        if lacking := sorted(set(get_args(CorrectionKind)) - general):
            raise ContentError(
                f"{'、'.join(lacking)} 没有不写 table 的一项",
                f"{', '.join(lacking)} has no entry without a table",
                field="corrections",
            )
        self._check_laws()
        return self

    def _check_laws(self) -> None:
        """Refuse a text that is not in the list, and one of the list that nothing rests on."""
        versions = [version for cases in self.steps.values() for case in cases for version in case.versions]
        named = {one.law for one in (*versions, *self.corrections, self.filing)}
        for name in sorted(named - set(self.laws)):
            zh, en = nearest(name, self.laws)
            raise ContentError(f"laws 中没有 {name!r}{zh}", f"there is no {name!r} in laws{en}", field="law")
        for name in sorted(set(self.laws) - named - {NO_LAW, OWN_ACT}):
            raise ContentError(f"{name!r} 没有用到", f"nothing rests on {name!r}", field="laws")

    def basis_of(self, reading: Reading) -> Basis:
        """What a reading rests on."""
        return "ours" if reading.ours else self.laws[reading.law].read

    def correction(self, kind: CorrectionKind, table: str) -> Correction:
        """The entry for a correction of a record of `table`."""
        return next(one for one in self.corrections if one.kind == kind and one.table in (None, table))


def _check_case(table: Table, case: StepCase, before: set[str]) -> None:
    """Refuse a case that no record ever falls in, or one of columns that are not there.

    Parameters
    ----------
    before
        The conditions of the cases of its kind that are tried first.
    """
    check_entry(table, case.where, before, {"clock": case.clock, "not_before": case.not_before})
    if case.kind == "ended" and table.kind != "state":
        raise ContentError(
            f"{table.name} 不是状态类记录，不会终止",
            f"records of {table.name} are no states and do not end",
            field="kind",
        )


@dataclass(frozen=True)
class Allowed:
    """From which day on a step is allowed (None: never, as far as the law now known says), and by which version."""

    day: date | None
    version: StepVersion


def allowed_from(case: StepCase, clock: date, not_before: date | None, day: date) -> Allowed:
    """The first day on which the law allows a step that somebody thinks of on `day`.

    The version in force on `day` decides; where it does not allow the step before the next one, that one does.

    >>> case = StepCase(kind="repaired", clock="event_date", versions=(
    ...     {"in_force": "2021-09-01", "after": "never", "law": "a", "reading": {"zh": "", "en": ""}},
    ...     {"in_force": "2026-04-01", "after": "3m", "law": "b", "reading": {"zh": "", "en": ""}}))
    >>> allowed_from(case, date(2025, 11, 30), None, date(2026, 1, 1)).day
    datetime.date(2026, 4, 1)
    >>> allowed_from(case, date(2026, 11, 30), None, date(2026, 12, 1)).day
    datetime.date(2027, 2, 28)
    """
    spans = list(pairwise((*(one.in_force for one in case.versions), date.max)))
    for version, (begins, ends) in zip(case.versions, spans, strict=True):
        if ends <= day or version.after == "never":
            continue
        first = max(begins, later(clock, version.after), not_before or begins)
        if first < ends:
            return Allowed(first, version)
    deciding = [one for one in case.versions if one.in_force <= day] or case.versions[:1]
    return Allowed(None, deciding[-1])


def parse_repair(text: str, name: str) -> RepairLaw:
    """Validate the text of a repair.yaml; a ConfigurationError names the file and the field."""
    return parse_yaml(RepairLaw, text, name)


def load_repair(folder: Path) -> RepairLaw:
    """Read and validate repair.yaml of a workspace's folder of features; the shipped one where the workspace was made
    before there was such a file.
    """
    path = folder / REPAIR
    if not path.exists():
        path = shipped_files() / "features" / REPAIR
    return parse_repair(read_text(path), str(path))
