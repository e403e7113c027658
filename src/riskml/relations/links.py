"""Who is tied to whom: enterprises that share a post-holder or a shareholder, or hold shares in each other."""

from __future__ import annotations

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import change_points_sql, live_sql
from riskml.records.tables import TABLES

MAX_LINKS = 20
"""A person or enterprise tied to more enterprises than this is an agent or a fund: its ties are not followed."""

# How strongly a person belongs to an enterprise: by a post wholly, by a share as much as the share, and by a share of
# unknown size not at all, as it is for a share that an enterprise holds. Doubles: a share is divided by a number of
# enterprises and then rounded.
_POST, _SHARE = "CAST(1 AS DOUBLE)", "CAST(share AS DOUBLE)"
_HELD = "end_date IS NULL AND holder_kind = 'person' AND share > 0"


_FOLLOWED = "end_date IS NULL AND holder_kind = 'enterprise' AND holder_id <> enterprise_id"
"""Which shares of enterprises in others tie: a firm that holds itself is not tied to anyone by it."""


def linking_statements(
    entity_dates: str, periods: EffectPeriods, number: str = "row_number() OVER ()"
) -> dict[str, str]:
    """Table → SELECT, in the order to make them: who ties enterprises together, from when on, and which.

    ``tying_person`` has everyone who ever had a post or a share in more than one enterprise: no other person ties two
    together on any date. ``tying_firm`` numbers the enterprises that may be tied, and in all that follow
    ``enterprise_id`` is that number: ties are compared by the million, and a number takes a third less time than a code
    of 18 characters. ``tying_position`` and ``tying_shareholding`` are the persons' posts and shares, ``tying_holding``
    the shares of enterprises in others.

    ``tying_span`` divides the time asked about into spans, from ``day`` to before ``until``, in which a person's ties
    stay as they are: a thousand as-of dates ask for few of them. ``tying_neighbours`` has the enterprises of each such
    span (``post``: 1 where the person has a post there, 0 where only a share; ``strength``: 1 for a post, else the
    share), ``tying_degree`` how many they are, and of how many by a post.

    Parameters
    ----------
    number
        What numbers an enterprise: an expression, which may be the ``enterprise_id`` itself where there is no cheap
        number.
    """
    persons = "person_id IN (SELECT person_id FROM tying_person)"
    holders = "holder_kind = 'person' AND holder_id IN (SELECT person_id FROM tying_person)"
    of_posts, of_shares = (
        change_points_sql(table, key, entity_dates, periods, rows=f"tying_{table}", subject="code")
        for table, key in (("position", "person_id"), ("shareholding", "holder_id"))
    )
    spans = f"({of_posts}) UNION ALL ({of_shares})"
    return {
        "tying_person": "SELECT person_id FROM (SELECT person_id, enterprise_id FROM position "
        "UNION ALL SELECT holder_id, enterprise_id FROM shareholding WHERE holder_kind = 'person') "
        "GROUP BY person_id HAVING min(enterprise_id) <> max(enterprise_id)",
        "tying_firm": f"SELECT enterprise_id, {number} AS number FROM (SELECT enterprise_id FROM position WHERE "
        f"{persons} "
        f"UNION SELECT enterprise_id FROM shareholding WHERE {holders} OR holder_kind = 'enterprise' "
        "UNION SELECT holder_id FROM shareholding WHERE holder_kind = 'enterprise')",
        "tying_position": f"{_numbered('position', 'enterprise_id')} WHERE {persons}",
        "tying_shareholding": f"{_numbered('shareholding', 'enterprise_id')} WHERE {holders}",
        "tying_holding": f"{_numbered('shareholding', 'enterprise_id', 'holder_id')} WHERE r.holder_kind = "
        "'enterprise'",
        "tying_span": "SELECT person_id, day, coalesce(lead(day) OVER (PARTITION BY person_id ORDER BY day), DATE "
        "'9999-12-31') AS until "
        f"FROM (SELECT DISTINCT person_id, day FROM ({spans}))",
        "tying_neighbours": _neighbours_sql(
            "(SELECT person_id, day AS as_of FROM tying_span)", periods, "tying_position", "tying_shareholding", "code"
        ),
        "tying_degree": _degree_sql("tying_neighbours", "tying_span"),
    }


def _numbered(table: str, *columns: str) -> str:
    """A SELECT of the rows of a table (alias r) with numbers for the enterprises in `columns`, and their subject as
    received (``code``).
    """
    named = ", ".join(
        f"{column}_firm.number AS {column}" if column in columns else f"r.{column}"
        for column in TABLES[table].column_names
    )
    joins = " ".join(f"JOIN tying_firm {column}_firm ON {column}_firm.enterprise_id = r.{column}" for column in columns)
    return f"SELECT {named}, r.enterprise_id AS code FROM {table} r {joins}"


def links(prefix: str, entity_dates: str, periods: EffectPeriods, *, tying: bool = False, onward: bool = False) -> str:
    """CTEs ending in ``<prefix>_link``: enterprises tied to those of `entity_dates` by a person or a share, one row per
    pair.

    Before it comes ``<prefix>_multi_linked``, the enterprises that more than one person or share ties to others. Only
    they can be tied to one enterprise twice, or to too many; and only they lead on: whoever is tied to an enterprise
    with one tie is tied by the same person to everyone that it is tied to. Of those that are ``over_limit`` it is clear
    without a list that they are tied to too many: their marks are those of more than `MAX_LINKS` others and their own.

    Parameters
    ----------
    tying
        As `Common` has it.
    onward
        Whether only the ties of those that lead on are wanted.
    """
    position, shareholding, holding = (
        ("tying_position", "tying_shareholding", "tying_holding")
        if tying
        else ("position", "shareholding", "shareholding")
    )
    code = "code" if tying else None
    posts = live_sql("position", entity_dates, periods, rows=position, subject=code)
    shares = live_sql("shareholding", entity_dates, periods, rows=shareholding, subject=code)
    held = live_sql("shareholding", entity_dates, periods, rows=holding, subject=code)
    holds = live_sql("shareholding", f"{prefix}_self", periods, key="holder_id", rows=holding, subject=code)
    _, degree = neighbours_of(prefix, tying)
    alone = "" if onward else f" UNION ALL {_ties(prefix, 'ANTI', tying)}"
    return f"""
{prefix}_post AS (
  SELECT enterprise_id, as_of, person_id, max(strength) AS strength FROM (
    SELECT enterprise_id, as_of, person_id, {_POST} AS strength FROM ({posts}) WHERE end_date IS NULL
    UNION ALL SELECT enterprise_id, as_of, holder_id, {_SHARE} FROM ({shares}) WHERE {_HELD})
  GROUP BY enterprise_id, as_of, person_id),
{neighbour_ctes(prefix, f"{prefix}_post", periods, tying=tying)}
{prefix}_self AS (SELECT enterprise_id AS holder_id, as_of FROM {entity_dates}),
{prefix}_held AS (
  SELECT p.enterprise_id, p.as_of, p.person_id, p.strength, w.day, w.firms, w.marks
  FROM {prefix}_post p JOIN {degree} w ON {at("w", "p")} WHERE w.firms BETWEEN 2 AND {MAX_LINKS}),
{prefix}_share AS (
  SELECT enterprise_id, as_of, holder_id AS linked_id, share AS weight FROM ({held}) WHERE {_FOLLOWED}
  UNION ALL
  SELECT holder_id, as_of, enterprise_id, share FROM ({holds}) WHERE {_FOLLOWED}),
{prefix}_multi_linked AS (
  SELECT enterprise_id, as_of, bit_count(bit_or(marks)) > {MAX_LINKS + 1} AS over_limit FROM (
    SELECT enterprise_id, as_of, marks FROM {prefix}_held
    UNION ALL SELECT enterprise_id, as_of, CASE WHEN weight > 0 THEN {_mark("linked_id")} ELSE 0 END
      FROM {prefix}_share)
  GROUP BY enterprise_id, as_of HAVING count(*) > 1),
{prefix}_pair AS (
  SELECT enterprise_id, as_of, linked_id, max(weight) AS weight FROM ({_ties(prefix, "SEMI", tying)})
    GROUP BY enterprise_id, as_of, linked_id),
{prefix}_few AS (SELECT enterprise_id, as_of FROM {prefix}_pair GROUP BY enterprise_id, as_of
  HAVING count(*) <= {MAX_LINKS}),
{prefix}_link AS (
  SELECT p.* FROM {prefix}_pair p SEMI JOIN {prefix}_few f ON f.enterprise_id = p.enterprise_id
    AND f.as_of = p.as_of{alone})"""


def neighbour_ctes(prefix: str, held: str, periods: EffectPeriods, *, tying: bool) -> str:
    """CTEs of whom the persons of `held` (``person_id``, ``as_of``) reach, for `neighbours_of`, each as-of date a span
    of its own; none where the tables of `linking_statements` were made.
    """
    if tying:
        return ""
    persons = f"{prefix}_person"
    spans = f"(SELECT person_id, as_of AS day, CAST(as_of + INTERVAL 1 DAY AS DATE) AS until FROM {persons})"
    return f"""
{persons} AS (SELECT DISTINCT person_id, as_of FROM {held}),
{prefix}_neighbours AS ({_neighbours_sql(persons, periods)}),
{prefix}_degree AS ({_degree_sql(f"{prefix}_neighbours", spans)}),"""


def neighbours_of(prefix: str, tying: bool) -> tuple[str, str]:
    """Where to read whom persons reach, and how many they are."""
    return ("tying_neighbours", "tying_degree") if tying else (f"{prefix}_neighbours", f"{prefix}_degree")


def firm_of(numbers: str, tying: bool) -> str:
    """Where to read which enterprise (``enterprise_id``) is which ``number`` in ties; those of `numbers`
    (``enterprise_id``), each its own, where the tables of `linking_statements` were not made.
    """
    return "tying_firm" if tying else f"(SELECT DISTINCT enterprise_id, enterprise_id AS number FROM {numbers})"


def at(span: str, person_date: str) -> str:
    """Joins a person's span of time to a person and date."""
    same = f"{span}.person_id = {person_date}.person_id"
    return f"{same} AND {span}.day <= {person_date}.as_of AND {person_date}.as_of < {span}.until"


def _ties(prefix: str, join: str, tying: bool) -> str:
    """A SELECT of the ties of the enterprises that more than one ties to others (`join`: SEMI), or one (ANTI)."""
    neighbours, _ = neighbours_of(prefix, tying)
    within = " AND NOT j.over_limit" if join == "SEMI" else ""
    linked = f"{join} JOIN {prefix}_multi_linked j ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of{within}"
    # The weaker of the two ends is what the tie is worth: a person with a small share in one of them ties them by no
    # more than that. Divided in whole millionths and rounded half up: a quotient of doubles that lies half-way is
    # rounded by one engine up and by another down.
    millionths = "(2 * CAST(least(h.strength, r.strength) * 1000000 AS BIGINT) + h.firms - 1) // (2 * (h.firms - 1))"
    weight = f"CAST({millionths} * 0.000001 AS DECIMAL(9, 6)) AS weight"
    return (
        f"SELECT h.enterprise_id, h.as_of, r.enterprise_id AS linked_id, {weight} FROM (SELECT h.* FROM {prefix}_held "
        f"h {linked}) h "
        f"JOIN {neighbours} r ON r.person_id = h.person_id AND r.day = h.day WHERE r.enterprise_id <> h.enterprise_id "
        f"UNION ALL SELECT h.* FROM {prefix}_share h {linked} WHERE h.weight > 0"
    )


def _neighbours_sql(
    persons: str,
    periods: EffectPeriods,
    position: str = "position",
    shareholding: str = "shareholding",
    code: str | None = None,
) -> str:
    """The enterprises where persons have a post or a share: ``person_id``, ``day``, ``enterprise_id``, ``post`` and
    ``strength``.

    Parameters
    ----------
    persons
        A relation with the columns ``person_id`` and ``as_of``, each pair once.
    position, shareholding, code
        Where their posts and shares are, and the column that has the enterprise's code, where its own has a number.
    """
    posts = live_sql("position", persons, periods, key="person_id", rows=position, subject=code)
    holders = f"(SELECT person_id AS holder_id, as_of FROM {persons})"
    shares = live_sql("shareholding", holders, periods, key="holder_id", rows=shareholding, subject=code)
    return (
        "SELECT person_id, as_of AS day, enterprise_id, max(post) AS post, max(strength) AS strength FROM ("
        f"SELECT person_id, as_of, enterprise_id, 1 AS post, {_POST} AS strength FROM ({posts}) WHERE end_date IS NULL "
        "UNION ALL "
        f"SELECT holder_id, as_of, enterprise_id, 0, {_SHARE} FROM ({shares}) WHERE {_HELD}) "
        "GROUP BY person_id, as_of, enterprise_id"
    )


def _degree_sql(neighbours: str, spans: str) -> str:
    """How many enterprises persons belong to, from day to day: ``person_id``, ``day``, ``until``, ``firms``, ``posts``
    and ``marks`` (of which enterprises, as `_mark` has it).

    Parameters
    ----------
    neighbours
        A relation as `_neighbours_sql` gives it.
    spans
        A relation with ``person_id``, ``day`` and ``until``.
    """
    return (
        "SELECT r.person_id, r.day, t.until, r.firms, r.posts, r.marks FROM ("
        f"SELECT person_id, day, count(*) AS firms, sum(post) AS posts, bit_or({_mark('enterprise_id')}) AS marks FROM "
        f"{neighbours} GROUP BY person_id, day) r "
        f"JOIN {spans} t ON t.person_id = r.person_id AND t.day = r.day"
    )


def _mark(enterprise: str) -> str:
    """One bit of 62 for an enterprise: there are at least as many enterprises as different bits."""
    return f"CAST(1 AS BIGINT) << CAST(hash({enterprise}) % 62 AS INTEGER)"
