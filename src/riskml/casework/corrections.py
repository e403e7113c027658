"""Corrections follow what has left: where an export, a list or a package had a grade that is another one since, each
is to be told, with a receipt.

What has left is what the audit log has an entry of. Which grade it had is the one that applied at that time: of the
revision of the run that stood then, with what had been brought up to date at once by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from riskml.audit.logs import reads_chain
from riskml.casework.office import Handling, Office, Proposal
from riskml.core.china_day import CHINA
from riskml.core.hash_chain import Line, kind_of
from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.runs.immediate import Update, dated_updates
from riskml.runs.published import PublishedRun, published_run
from riskml.runs.revisions import kept_folder, replaced_by

WHOLE = ("csv", "xlsx", "parquet", "postgresql", "package")
"""What has every enterprise of its region; of other lists it is not known whether an enterprise is on them."""

_FIRST = datetime.min.replace(tzinfo=CHINA)


@dataclass(frozen=True)
class Grades:
    """The grades of one enterprise under one run, as they changed.

    Parameters
    ----------
    published
        When a revision of the run was published → its grade; None where it was not in it.
    updates
        What was brought up to date since, with the time.
    """

    division: str
    published: Mapping[datetime, str | None]
    updates: tuple[tuple[datetime, Update], ...]

    def at(self, time: datetime) -> str | None:
        """The grade that applied at a time."""
        updated = [update for when, update in self.updates if when <= time]
        if updated and updated[-1].grade != updated[-1].was:
            return updated[-1].grade
        return self.published[max(when for when in self.published if when <= time)]


class Corrections(Handling):
    """What is particular to corrections."""

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """For each thing that left of the run of a date, everyone whose grade in it is another one by now."""
        left = _left(office.workspace, scheme, as_of)
        if not left:
            return
        now = datetime.max.replace(tzinfo=CHINA)
        for enterprise, grades in sorted(_changed(office.workspace, scheme, as_of).items()):
            applies = grades.at(now)
            for line in left:
                sent, region = grades.at(line.at), line.content.get("region") or ""
                if sent is None or sent == applies or not grades.division.startswith(region):
                    continue
                yield _proposal(scheme, as_of, enterprise, grades.division, line, sent, applies)


def _proposal(
    scheme: str, as_of: date, enterprise: str, division: str, line: Line, sent: str, applies: str | None
) -> Proposal:
    what = line.content["what"]
    return Proposal(
        enterprise,
        division,
        f"{scheme}:{as_of}:{line.number}:{enterprise}:{applies}",
        Label(
            f"送出时为 {sent}，现为 {applies or '不适用'}", f"It left as {sent} and is {applies or 'not in scope'} now"
        ),
        {
            "left": f"{what} {as_of} {line.content.get('region') or ''}".strip(),
            "left_at": line.at.isoformat(),
            "left_by": line.account,
            "audit_line": line.number,
            "grade_sent": sent,
            "grade_now": applies,
            "certain": what in WHOLE,
        },
    )


def _left(workspace: Workspace, scheme: str, as_of: date) -> list[Line]:
    """What left of the run of a date, by the audit log."""
    chain = reads_chain(workspace)
    lines = [chain.parsed(raw) for raw in chain.read() if kind_of(raw) in ("export", "list")]
    return [
        line
        for line in lines
        if line.content.get("scheme") == scheme
        and line.content.get("as_of") == as_of.isoformat()
        and line.content.get("outcome") == "done"
        and (line.kind == "export" or line.content.get("what") == "migration")
    ]


def _changed(workspace: Workspace, scheme: str, as_of: date) -> dict[str, Grades]:
    """Everyone whose grade under the run of a date changed since it was first published."""
    run = published_run(workspace, scheme, as_of)
    earlier = [PublishedRun(kept_folder(run, manifest.revision.number if manifest.revision else 0), manifest)
               for manifest in replaced_by(run)]  # fmt: skip
    revisions = [*earlier, run]
    connection = connect_reader(workspace.spill)
    parts = []
    for number, one in enumerate(revisions):
        one.open_view(connection, "grades", f"grades_{number}")
        parts.append(f"SELECT {number} AS revision, enterprise_id, division, grade FROM grades_{number}")
    updates: dict[str, list[tuple[datetime, Update]]] = {}
    for at, update in dated_updates(workspace.ledger, scheme, as_of):
        updates.setdefault(update.enterprise_id, []).append((at, update))
    asked = (
        f"SELECT enterprise_id, any_value(division), map_from_entries(list((revision, grade))) "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY enterprise_id "
        "HAVING count(*) < ? OR count(DISTINCT grade) > 1 OR list_contains(?, enterprise_id)"
    )
    times = [_FIRST if one.manifest.revision is None else one.manifest.revision.at for one in revisions]
    return {
        enterprise: Grades(
            division or "",
            {time: grades.get(number) for number, time in enumerate(times)},
            tuple(updates.get(enterprise, ())),
        )
        for enterprise, division, grades in connection.execute(asked, [len(revisions), list(updates)]).fetchall()
    }
