"""A plan's files: what is published of it, and what the office keeps."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from riskml import __version__
from riskml.core.files import write_durably
from riskml.planning.make import Made
from riskml.planning.plan_files import PEOPLE, PlanFolder, verifier_source
from riskml.publication.atomic_write import appearing_whole, write_json
from riskml.sampling.verifier import (
    CONFLICTS,
    CONFLICTS_HEAD,
    FIXED,
    FIXED_HEAD,
    FRAME,
    FRAME_HEAD,
    INSPECTORS,
    INSPECTORS_HEAD,
    PROGRAM,
    Inspector,
    csv_bytes,
)

_LINES = {
    FRAME: "concat_ws(',', unit, stratum, probability, division, field, format('{:g}', days))",
    FIXED: "concat_ws(',', unit, arms, last_day, division, field, format('{:g}', days))",
}


def write_plan(
    folder: PlanFolder,
    made: Made,
    inspectors: tuple[Inspector, ...],
    conflicts: tuple[tuple[str, str], ...],
    *,
    as_of: date,
    simulated: bool,
) -> None:
    """Write a plan that was made; what stood in its place goes."""
    with appearing_whole(folder.root) as draft, duckdb.connect() as connection:
        published, office = draft / "published", draft / "office"
        published.mkdir()
        office.mkdir()
        connection.execute("SET preserve_insertion_order = true")
        connection.register("people", made.people)
        for name, head, chosen in ((FRAME, FRAME_HEAD, "true"), (FIXED, FIXED_HEAD, "arms <> ''")):
            lines = connection.sql(f"SELECT {_LINES[name]} FROM people WHERE {chosen}").to_arrow_table()
            write_durably(published / name, csv_bytes(head, lines.column(0).to_pylist()))
        write_durably(published / INSPECTORS, csv_bytes(INSPECTORS_HEAD, map(_inspector_row, inspectors)))
        units = dict(
            connection.execute(
                "SELECT enterprise_id, unit FROM people WHERE list_contains(?, enterprise_id)",
                [[enterprise for _, enterprise in conflicts]],
            ).fetchall()
        )
        rows = sorted(f"{name},{units[enterprise]}" for name, enterprise in conflicts if enterprise in units)
        write_durably(published / CONFLICTS, csv_bytes(CONFLICTS_HEAD, rows))
        pq.write_table(made.people, office / PEOPLE, compression="zstd")
        write_durably(published / PROGRAM, verifier_source())
        write_json(published / "plan.json", _told(made, office / PEOPLE, as_of, simulated))


def _inspector_row(one: Inspector) -> str:
    return f"{one.name},{' '.join(one.places)},{' '.join(sorted(one.fields))},{one.days / 100:g}"


def _told(made: Made, people: Path, as_of: date, simulated: bool) -> dict[str, object]:
    """What plan.json says: the rules, what follows from them, and by which program."""
    settings = made.settings
    return {
        "riskml_plan": 1,
        "scheme": settings.scheme,
        "plan": settings.plan,
        "as_of": str(as_of),
        "simulated": simulated,
        "period": {"from": str(settings.period.first), "until": str(settings.period.until)},
        "rules": settings.model_dump(mode="json", by_alias=True),
        "strata": list(made.strata),
        "units": len(made.people),
        "size": made.size,
        "expected": [round(one, 3) for one in made.allotted.expected],
        "factor": made.allotted.factor,
        "inspector_days": {"fixed": round(made.fixed_days, 2), "expected_of_draw": round(made.expected_days, 2)},
        "conflicts": [one.to_dict() for one in made.conflicts],
        "office_frame": sha256(people.read_bytes()).hexdigest(),
        "program": {"riskml": __version__, "verifier": sha256(verifier_source()).hexdigest()},
    }
