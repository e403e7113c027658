"""All schemes on the same enterprises of a simulated province, whatever their scopes: how alike they rank.

No regulation grades those outside its scope. So nothing of this is published or kept, and it is refused where any
record is a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.records.store import RecordStore, open_store
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import latest_day, published_days
from riskml.schemes.decisions import in_force, read_decisions, somebody_elses
from riskml.schemes.grade import grade_block
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.questions import asked
from riskml.schemes.rules import fired_rules_sql


@dataclass(frozen=True)
class SchemesCompared:
    """The grades of the same n enterprises under every scheme.

    Parameters
    ----------
    labels
        Scheme → what it is called.
    names
        Scheme → its grades, the mildest first.
    grades
        Shape (n, schemes): the ranks, 0 being the mildest grade; the index is the enterprise.
    """

    as_of: date
    labels: dict[str, Label]
    names: dict[str, tuple[str, ...]]
    grades: pd.DataFrame

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Scheme → grade → enterprises."""
        return {
            scheme: {grade: int((self.grades[scheme] == rank).sum()) for rank, grade in enumerate(names)}
            for scheme, names in self.names.items()
        }

    @property
    def alike(self) -> pd.DataFrame:
        """Spearman's rank correlation of the grades under two schemes; not a number where one gives a single grade."""
        return self.grades.corr("spearman")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        alike = {
            one: {other: None if pd.isna(value) else round(float(value), 3) for other, value in row.items()}
            for one, row in self.alike.iterrows()
        }
        return {
            "simulated": True,
            "scope_ignored": True,
            "as_of": self.as_of.isoformat(),
            "enterprises": len(self.grades),
            "grades": self.counts,
            "rank_correlation": alike,
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """How many have which grade, and how alike the schemes rank."""
        count = f"{len(self.grades):,}"
        return (
            ShownTable(
                say(
                    f"同样的 {count} 家企业在各办法下的等级（模拟）",
                    f"The same {count} enterprises under each scheme (simulated)",
                ),
                (say("办法", "scheme"), say("等级及占比", "grades and shares")),
                tuple((self.labels[scheme].said, self._shares(of)) for scheme, of in self.counts.items()),
            ),
            ShownTable(
                say("等级的秩相关（Spearman，模拟）", "rank correlation of the grades (Spearman, simulated)"),
                ("", *self.grades.columns),
                tuple(
                    (str(one), *("–" if pd.isna(value) else f"{value:.2f}" for value in row))
                    for one, row in self.alike.iterrows()
                ),
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """What it is, and what it is not."""
        return (
            say(
                f"模拟数据，基准日 {self.as_of}。不考虑各办法的适用范围：范围以外的企业，办法并不分类。"
                "以上不是任何企业的等级，也不公布、不保存。",
                f"Simulated data as of {self.as_of}. Scopes are ignored: a regulation grades nobody outside its own. "
                "No figure here is the grade of any enterprise, and nothing of it is published or kept.",
            ),
        )

    def _shares(self, counts: dict[str, int]) -> str:
        return "  ".join(f"{grade} {count / len(self.grades):.1%}" for grade, count in counts.items())


def compare_schemes(workspace: Workspace, on_progress: Progress) -> SchemesCompared:
    """Grade everyone registered on the day of the newest run under every scheme of a simulated workspace.

    Raises
    ------
    ConfigurationError
        Where the records are not all simulated, no run is published, or a scheme has no model yet.
    """
    store = open_store(workspace.records)
    if real := sorted({load["source"] for load in store.loads} - {"simulated"}):
        raise ConfigurationError(
            zh=f"{workspace.root} 的记录不全是模拟的（来源：{'、'.join(real)}）；各办法只在模拟数据上不顾范围地比较。",
            en=f"The records of {workspace.root} are not all simulated (sources: {', '.join(real)}); schemes are "
            "compared outside their scopes on simulated data alone.",
        )
    with_runs = [name for name in workspace.schemes if published_days(workspace, name)] or list(workspace.schemes)
    day = max(latest_day(workspace, name) for name in with_runs)
    ranks, policies = {}, {name: load_policy(workspace, name) for name in workspace.schemes}
    for number, (name, policy) in enumerate(policies.items()):
        on_progress(name, number, len(policies))
        ranks[name] = _ranks(workspace, store, policy, day)
    return SchemesCompared(
        day,
        {name: policy.scheme.label for name, policy in policies.items()},
        {name: tuple(policy.scheme.grade_names) for name, policy in policies.items()},
        pd.DataFrame(ranks),
    )


def _ranks(workspace: Workspace, store: RecordStore, policy: Policy, day: date) -> pd.Series[int]:
    """The ranks of everyone registered on a day by one policy without its scope."""
    scheme = policy.scheme.model_copy(update={"scope": None})
    method = method_in_use(workspace, replace(policy, scheme=scheme))
    decisions = in_force(read_decisions(workspace.ledger), day)
    connection = connect(workspace.spill)
    builder = MatrixBuilder(connection, store, method.system, policy.periods, somebody_elses(decisions, scheme.id))
    builder.ask_registered(day)
    builder.prepare()
    store.open_views(connection)
    rules = fired_rules_sql(scheme, "all_entity_dates", policy.periods, store.tables, decisions)
    fired = connection.sql(rules.sql).to_arrow_table()
    graded = []
    for _, block in builder.blocks():
        ids = block.keys["enterprise_id"].to_pylist()
        found = method.assess(block.values)
        own = fired.filter(pc.is_in(fired["enterprise_id"], value_set=pa.array(ids, pa.string())))
        questions = asked(scheme.classes, found.classes, ids, own)
        graded.append(grade_block(scheme, ids, found.scores, questions, decisions, bands=found.bands).to_pandas())
    whole: pd.Series[str] = pd.concat(graded).set_index("enterprise_id")["grade"]
    return whole.map({grade: rank for rank, grade in enumerate(scheme.grade_names)}).astype(int)
