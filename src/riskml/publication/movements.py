"""Every enterprise whose grade moved between two runs: what decided it, and which indicators moved its score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.publication.atomic_write import write_json
from riskml.publication.changes import LISTED_CHANGES, Change, changed_points
from riskml.publication.columns import Field, described, score, text
from riskml.publication.csv_export import Marked, write_sheet
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.labels import Words
from riskml.publication.updated import updated_grades_sql
from riskml.records.tables import Label
from riskml.runs.immediate import read_updates
from riskml.runs.migration import Matrix, count_matrix, migration_sql
from riskml.runs.policy_between import PolicyBetween, policy_between
from riskml.runs.published import PublishedRun

KIND_LABELS = {
    "downgraded": Label("等级下降", "to a riskier grade"),
    "upgraded": Label("等级上升", "to a milder grade"),
    "new": Label("本期新增", "not in the earlier run"),
    "left": Label("本期退出", "not in the later run"),
}

FIELDS = (
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("kind", "变动", "movement", codes=KIND_LABELS),
    Field("newly_riskiest", "flag", Label("新进最高风险类", "newly of the riskiest grade")),
    text("grade_before", "上期等级", "grade before", required=False),
    text("grade_after", "本期等级", "grade after", required=False),
    score("score_before", "上期得分", "score before", required=False),
    score("score_after", "本期得分", "score after", required=False),
    text("decided_before", "上期等级依据", "decided by before", required=False),
    text("decided_after", "本期等级依据", "decided by after", required=False),
    Field("updated_on", "date", Label("即时更新的日期", "brought up to date on"), required=False),
    Field("changes", "list", Label("使得分变动的主要指标", "indicators that moved the score most"), required=False),
)


@dataclass(frozen=True)
class Moved:
    """An enterprise whose grade is another than in the run before, or that is in one of the two runs only.

    Parameters
    ----------
    kind
        One of `KIND_LABELS`.
    newly_riskiest
        Whether it has the riskiest grade now and had not.
    decided_before, decided_after
        What decided each grade: "band", or a rule's id.
    updated_on
        The day that gave the grade after, where it was brought up to date at once since the later run; None where that
        is the run's.
    changes
        The indicators that moved its score most; none where it left.
    """

    enterprise_id: str
    name: str | None
    division: str | None
    region: str | None
    kind: str
    newly_riskiest: bool
    grade_before: str | None
    grade_after: str | None
    score_before: float | None
    score_after: float | None
    decided_before: str | None
    decided_after: str | None
    updated_on: date | None
    changes: tuple[Change, ...]

    def told(self, words: Words) -> dict[str, Any]:
        """The row of `FIELDS`, as a person reads it in the language that is spoken."""
        decided = {
            name: None if value is None else words.decided_by(value).said
            for name, value in (("decided_before", self.decided_before), ("decided_after", self.decided_after))
        }
        changes = [words.change(change).said for change in self.changes]
        return {**vars(self), **decided, "kind": KIND_LABELS[self.kind].said, "changes": changes}

    def to_dict(self, words: Words) -> dict[str, Any]:
        """As plain JSON values, with ids and labels."""
        decided = {
            name: None if value is None else {"id": value, "label": vars(words.decided_by(value))}
            for name, value in (("decided_before", self.decided_before), ("decided_after", self.decided_after))
        }
        return {
            **vars(self),
            **decided,
            "updated_on": self.updated_on and self.updated_on.isoformat(),
            "changes": [words.change_values(change) for change in self.changes],
        }


@dataclass(frozen=True)
class Movements:
    """What changed between two runs.

    Parameters
    ----------
    moved
        Newly of the riskiest grade first, then by kind, then by how far the score went.
    policy
        How the policy changed between them; None where it did not.
    """

    before: PublishedRun
    after: PublishedRun
    matrix: Matrix
    moved: tuple[Moved, ...]
    policy: PolicyBetween | None

    @property
    def simulated(self) -> bool:
        """Whether any of the records were simulated."""
        return self.before.manifest.simulated or self.after.manifest.simulated

    @property
    def notice(self) -> Label:
        """What its lists carry: the notice of the later run, and that the policy changed where it did."""
        said = (self.after.notice,) if self.policy is None else (self.after.notice, self.policy.said)
        return Label("".join(one.zh for one in said), " ".join(one.en for one in said))

    @property
    def same_model(self) -> bool:
        """Whether both runs were scored by the same model; where not, some of the movement is the model's."""
        return self.before.model == self.after.model

    @property
    def counts(self) -> dict[str, int]:
        """How many moved, by kind."""
        counted = {kind: sum(one.kind == kind for one in self.moved) for kind in KIND_LABELS}
        return {**counted, "newly_riskiest": sum(one.newly_riskiest for one in self.moved)}

    def to_dict(self, words: Words) -> dict[str, Any]:
        """As plain JSON values."""
        grades = list(self.matrix.grades)
        return {
            "notice": vars(self.notice),
            "scheme": self.after.scheme,
            "from": self.before.as_of.isoformat(),
            "to": self.after.as_of.isoformat(),
            "revisions": {"from": self.before.revision, "to": self.after.revision},
            "simulated": self.simulated,
            "same_model": self.same_model,
            "policy_changed": self.policy and self.policy.to_dict(),
            "matrix": {"before": [*grades, "new"], "after": [*grades, "left"], "counts": self.matrix.counts},
            "counts": self.counts,
            "fields": described(FIELDS),
            "enterprises": [one.to_dict(words) for one in self.moved],
        }


def find_movements(workspace: Workspace, before: PublishedRun, after: PublishedRun) -> Movements:
    """Compare two published runs of a scheme; of the later one the grades that apply now
    (`riskml.publication.updated`).

    Raises
    ------
    RunError
        Where the scheme had other grades in one of them, or a file of one is damaged.
    """
    if before.grades != after.grades:
        raise RunError(
            zh=f"两期的等级不同（{'、'.join(before.grades)} 与 {'、'.join(after.grades)}），不能比较。",
            en=f"The two runs have different grades ({', '.join(before.grades)} and {', '.join(after.grades)}) and "
            "cannot be compared.",
        )
    connection = connect_to_records(workspace)
    before.open_view(connection, "grades", "earlier_grades")
    after.open_view(connection, "grades", "later_run")
    now = updated_grades_sql(connection, "later_run", read_updates(workspace.ledger, after.scheme, after.as_of))
    connection.execute(f"CREATE TEMP TABLE later_grades AS {now}")
    connection.execute(
        f"CREATE TEMP TABLE migration AS {migration_sql('earlier_grades', 'later_grades', after.grades)}"
    )
    connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM migration WHERE kind <> 'unchanged'")
    changes = changed_points(
        connection, before, after, "(SELECT enterprise_id FROM moved WHERE kind <> 'left')", LISTED_CHANGES
    )
    name_enterprises(connection, workspace, "moved", after.as_of, "registrations")
    rows = connection.execute(
        "SELECT m.enterprise_id, r.name, m.division, r.region, m.kind, newly_riskiest, grade_before, grade_after, "
        "score_before, "
        "score_after, decided_by_before, decided_by_after, l.updated_on FROM moved m LEFT JOIN registrations r USING "
        "(enterprise_id) "
        "LEFT JOIN later_grades l USING (enterprise_id) "
        f"ORDER BY NOT newly_riskiest, list_position({list(KIND_LABELS)}, m.kind), abs(score_after - score_before) "
        "DESC NULLS LAST, "
        "m.enterprise_id"
    ).fetchall()
    moved = tuple(Moved(*(*row, changes.get(row[0], ()))) for row in rows)
    policy = policy_between(workspace.ledger, before, after.policy)
    return Movements(before, after, count_matrix(connection, "migration", after.grades), moved, policy)


def write_movements(folder: Path, movements: Movements, words: Words) -> None:
    """Write matrix.csv, migration.csv and migration.json into `folder`."""
    marked: Marked = {"notice": movements.notice, "simulated": movements.simulated}
    write_sheet(folder / "migration.csv", FIELDS, (one.told(words) for one in movements.moved), **marked)
    matrix = movements.matrix
    columns = (
        text(
            "before",
            f"上期 {movements.before.as_of} \\ 本期 {movements.after.as_of}",
            f"before {movements.before.as_of} \\ after {movements.after.as_of}",
        ),
        *(
            Field(
                grade, "integer", Label(*(f"{grade} {name}" for name in (words.grade(grade).zh, words.grade(grade).en)))
            )
            for grade in matrix.grades
        ),
        Field("left", "integer", KIND_LABELS["left"]),
    )
    write_sheet(folder / "matrix.csv", columns, _matrix_rows(matrix), **marked)
    write_json(folder / "migration.json", movements.to_dict(words))


def _matrix_rows(matrix: Matrix) -> Iterator[dict[str, Any]]:
    for name, row in zip((*matrix.grades, KIND_LABELS["new"].said), matrix.counts, strict=True):
        yield {"before": name, **dict(zip((*matrix.grades, "left"), row, strict=True))}
