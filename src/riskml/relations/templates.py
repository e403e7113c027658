"""The SQL of derived relations: their templates, and the functions and names that stand in them.

A template gives one SELECT. Besides the functions of `Functions` and the relation's own `constants` it may use:

``entity_dates``
    Whom to look at, and when: a relation of ``enterprise_id`` and ``as_of``, each pair once.
``relation``
    Its name.
``registered``, ``usual_visits``, ``peer_visits``, ``tying``, ``windows``, ``somebody_elses``, ``struck``
    What several relations have in common (`riskml.relations.common.Common`).
``COUNTED``, ``FINDINGS``, ``WHOLE_PRIOR``
    As `riskml.relations.known_inspections` has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2

from riskml.engines.duckdb import literal
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, live_sql
from riskml.records.newest import newest_first_sql
from riskml.relations import known_inspections, links
from riskml.relations.catalogue import DERIVED
from riskml.relations.common import Common


@dataclass(frozen=True)
class Functions:
    """What a template may call; each gives a SELECT in brackets, common table expressions, or a condition."""

    periods: EffectPeriods
    tying: bool

    def live(self, table: str, entity_dates: str, **asked: str) -> str:
        """The records that count (`riskml.records.live.live_sql`, with its ``key``, ``carried`` and ``rows``)."""
        return f"({live_sql(table, entity_dates, self.periods, **asked)})"

    def current(self, columns: tuple[str, ...], entity_dates: str) -> str:
        """Columns of the registration as last known."""
        return f"({current_columns_sql(columns, entity_dates, self.periods)})"

    def links(self, prefix: str, entity_dates: str, *, onward: bool = False) -> str:
        """CTEs ending in ``<prefix>_link`` (`riskml.relations.links.links`)."""
        return links.links(prefix, entity_dates, self.periods, tying=self.tying, onward=onward)

    def neighbour_ctes(self, prefix: str, held: str) -> str:
        """CTEs, if any are needed, for `neighbours` and `degree` of the persons of `held`, each followed by a comma."""
        return links.neighbour_ctes(prefix, held, self.periods, tying=self.tying)

    def neighbours(self, prefix: str) -> str:
        """Where to read which enterprises persons belong to."""
        return links.neighbours_of(prefix, self.tying)[0]

    def degree(self, prefix: str) -> str:
        """Where to read how many these are."""
        return links.neighbours_of(prefix, self.tying)[1]

    def firm_of(self, numbers: str) -> str:
        """Where to read which enterprise is which number (`riskml.relations.links.firm_of`)."""
        return links.firm_of(numbers, self.tying)

    def by_name(self) -> dict[str, object]:
        """All of them, for a template's names."""
        return {name: getattr(self, name) for name in _CALLED}


_CALLED = ("live", "current", "links", "neighbour_ctes", "neighbours", "degree", "firm_of")


def relation_sql(name: str, entity_dates: str, periods: EffectPeriods, common: Common | None = None) -> str:
    """The rows of a record table or derived relation for the pairs asked for.

    Parameters
    ----------
    common
        Tables of what several relations have in common, where they were made before.
    """
    if name not in DERIVED:
        return live_sql(name, entity_dates, periods)
    common = common or Common.of(entity_dates, periods)
    read = {"relation": name, "entity_dates": entity_dates, **DERIVED[name].constants, **vars(common)}
    functions = Functions(periods, common.tying).by_name()
    return _templates().get_template(f"{name}/rows.sql").render(read, **functions)


def struck_sql(name: str, entity_dates: str, periods: EffectPeriods, common: Common) -> str:
    """The rates of all groups of a relation of peers on the days of `entity_dates`, whoever is asked for.

    Returns
    -------
    str
        A SELECT of ``relation``, ``as_of``, ``peer`` (null: the whole), ``window_days``, ``undirected``, what visits
        found in the group (``visits``, ``problems``, ``expected_problems``, ``serious``, ``expected_serious``) and in
        the whole (``problems_rate``, ``serious_rate``), in a fixed order.
    """
    peer = vars(_templates().get_template(f"{name}/peer.sql").module)["peer"]
    read = {"relation": name, "peer": peer, "entity_dates": entity_dates, **vars(common)}
    functions = Functions(periods, common.tying).by_name()
    return _templates().get_template("shared/struck_rates.sql").render(read, **functions)


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    """The templates, each compiled when it is first used."""
    environment = jinja2.Environment(  # nosec B701  # SQL, no HTML
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "at": links.at,
        "literal": literal,
        "newest_first": newest_first_sql,
        "peer_changes": known_inspections.peer_changes_sql,
        "running": known_inspections.running_sql,
        "COUNTED": known_inspections.COUNTED,
        "FINDINGS": known_inspections.FINDINGS,
        "WHOLE_PRIOR": known_inspections.WHOLE_PRIOR,
    }
    return environment
