"""Names of individual businesses (个体工商户) for pages and files: an operator's own name in them is masked.

An individual business may be called by its operator's name. It is then personal information of a natural person, which
no purpose of a list or page needs: the credit code tells the business.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

_PERSONS = (
    "SELECT enterprise_id, list(DISTINCT person_name) AS persons FROM position WHERE person_name <> '' GROUP BY "
    "enterprise_id"
)


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
    found = connection.execute(
        f"SELECT r.enterprise_id, r.name, p.persons FROM {registrations} r JOIN ({_PERSONS}) p USING (enterprise_id) "
        "WHERE r.kind = 'individual_business' AND len(list_filter(p.persons, lambda one: contains(r.name, one))) > 0"
    ).fetchall()
    for enterprise_id, name, persons in found:
        connection.execute(
            f"UPDATE {registrations} SET name = $1 WHERE enterprise_id = $2",
            [masked_name(name, persons), enterprise_id],
        )


def persons_of(connection: duckdb.DuckDBPyConnection, enterprise_id: str) -> tuple[str, ...]:
    """Everyone who ever held a post in an enterprise, by name; the table ``position`` must be open."""
    asked = (
        "SELECT DISTINCT person_name FROM position WHERE enterprise_id = $1 AND person_name <> '' ORDER BY person_name"
    )
    return tuple(row[0] for row in connection.execute(asked, [enterprise_id]).fetchall())
