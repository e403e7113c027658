"""Names of individual businesses (个体工商户) for pages and files: an operator's own name in them is masked.

An individual business may be called by its operator's name. It is then personal information of a natural person, which
no purpose of a list or page needs: the credit code tells the business.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from riskml.engines.statements import Statements


def masked_name(name: str, persons: Iterable[str]) -> str:
    """A registered name in which of every one of `persons` only the surname's first character is left.

    >>> masked_name("凌源李四五店", ["李四", "李四五"])
    '凌源李**店'
    >>> masked_name("凌源市张三丰小吃店", ["张三丰"]), masked_name("李四", ["李四"])
    ('凌源市张**小吃店', '李*')
    """
    for person in sorted(persons, key=len, reverse=True):  # the longest first: one may begin as another does
        if len(person) > 1:
            name = name.replace(person, person[0] + "*" * (len(person) - 1))
    return name


def mask_names(connection: duckdb.DuckDBPyConnection, registrations: str) -> None:
    """Mask the names in a table of registrations (``enterprise_id``, ``kind``, ``name``); the table ``position`` must
    be open.
    """
    found = connection.execute(f"""
SELECT enterprise_id, r.name, list(DISTINCT person_name)
FROM {registrations} r JOIN position p USING (enterprise_id)
WHERE r.kind = 'individual_business' AND p.person_name <> '' AND contains(r.name, p.person_name)
GROUP BY enterprise_id, r.name""").fetchall()
    masked = pa.table({
        "enterprise_id": pa.array([enterprise_id for enterprise_id, _, _ in found], pa.string()),
        "name": pa.array([masked_name(name, persons) for _, name, persons in found], pa.string()),
    })  # fmt: skip
    connection.register("masked_names", masked)
    connection.execute(
        f"UPDATE {registrations} SET name = m.name FROM masked_names m "
        f"WHERE m.enterprise_id = {registrations}.enterprise_id"
    )
    connection.unregister("masked_names")


def persons_of(connection: Statements, enterprise_id: str) -> tuple[str, ...]:
    """Everyone who ever held a post in an enterprise, by name; the table ``position`` must be open."""
    asked = (
        "SELECT DISTINCT person_name FROM position WHERE enterprise_id = $1 AND person_name <> '' ORDER BY person_name"
    )
    return tuple(row[0] for row in connection.execute(asked, [enterprise_id]).fetchall())
