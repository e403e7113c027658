"""A plan's files: what is published of it, and what the office keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from riskml import __version__
from riskml.core.files import write_durably
from riskml.planning.make import Made
from riskml.planning.plan_files import NAMES, PEOPLE, PlanFolder, verifier_source
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
    hashes_of,
)

_LINES = {
    FRAME: "concat_ws(',', unit, stratum, probability, division, field, format('{:g}', days))",
    FIXED: "concat_ws(',', unit, division, field, format('{:g}', days))",
}


def write_plan(
    folder: PlanFolder,
    made: Made,
    inspectors: tuple[Inspector, ...],
    conflicts: tuple[tuple[str, str], ...],
    *,
    secret: str,
    as_of: date,
    others: Iterable[str],
    simulated: bool,
) -> None:
    """Write a plan that was made; what stood in its place goes.

    Parameters
    ----------
    secret
        What hashes of the inspectors' names are salted with: the names stay in the office.
    others
        The names of the plans whose visits count towards the cap.
    """
    ids = {one.name: sha256(f"{secret}inspector{one.name}".encode()).hexdigest()[:12] for one in inspectors}
    with appearing_whole(folder.root) as draft, duckdb.connect() as connection:
        published, office = draft / "published", draft / "office"
        published.mkdir()
        office.mkdir()
        connection.execute("SET preserve_insertion_order = true")
        connection.register("people", made.people)
        for name, head, chosen in ((FRAME, FRAME_HEAD, "true"), (FIXED, FIXED_HEAD, "arms <> ''")):
            lines = connection.sql(f"SELECT {_LINES[name]} FROM people WHERE {chosen}").to_arrow_table()
            write_durably(published / name, csv_bytes(head, lines.column(0).to_pylist()))
        rows = sorted(_inspector_row(ids[one.name], one) for one in inspectors)
        write_durably(published / INSPECTORS, csv_bytes(INSPECTORS_HEAD, rows))
        apart = [{"inspector": ids[name], "enterprise_id": enterprise} for name, enterprise in conflicts]
        connection.register("apart", pa.Table.from_pylist(apart, _APART))
        pairs = connection.execute(
            "SELECT concat(inspector, ',', unit) AS pair FROM people JOIN apart USING (enterprise_id) ORDER BY pair"
        ).fetchall()
        write_durably(published / CONFLICTS, csv_bytes(CONFLICTS_HEAD, (pair for (pair,) in pairs)))
        pq.write_table(made.people, office / PEOPLE, compression="zstd")
        names = (f"{ids[one.name]},{one.name}" for one in inspectors)
        write_durably(office / NAMES, csv_bytes("inspector,name", names))
        write_durably(published / PROGRAM, verifier_source())
        write_json(published / "plan.json", _told(made, office, as_of, others, simulated))


_APART = pa.schema([("inspector", pa.string()), ("enterprise_id", pa.string())])


def _inspector_row(name: str, one: Inspector) -> str:
    return f"{name},{' '.join(one.places)},{' '.join(sorted(one.fields))},{one.days / 100:g}"


def _told(made: Made, office: Path, as_of: date, others: Iterable[str], simulated: bool) -> dict[str, object]:
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
        "others": sorted(others),
        "units": len(made.people),
        "drawable": made.drawable,
        "size": made.size,
        "expected": [round(one, 3) for one in made.allotted.expected],
        "factor": made.allotted.factor,
        "inspector_days": {"fixed": round(made.fixed_days, 2), "expected_of_draw": round(made.expected_days, 2)},
        "conflicts": [one.to_dict() for one in made.conflicts],
        "office": hashes_of({name: (office / name).read_bytes() for name in (PEOPLE, NAMES)}),
        "program": {"riskml": __version__, "verifier": sha256(verifier_source()).hexdigest()},
    }
