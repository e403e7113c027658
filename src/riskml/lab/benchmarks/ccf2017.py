"""Contest of 2017: which enterprises known in August 2015 had closed two years later, from relations and supervision
tables.

All records count as of one day and every outcome is told for one day, so nothing can be split in time. Enterprises tied
by investments, directly or through others, are judged in the same fold: no model saw anything of an enterprise's group.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import load_system
from riskml.lab.benchmarks.dataset import (
    Comparison,
    ShownTable,
    compared_heads,
    compared_notes,
    compared_rows,
    ingested,
    plain_margin,
    quarantine_table,
    quarantined,
)  # fmt: skip
from riskml.lab.benchmarks.rolling import Rolled
from riskml.records.effect_periods import EFFECT_PERIODS, EffectPeriods, load_effect_periods
from riskml.records.live import current_enterprise_sql
from riskml.records.store import open_store
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, evaluate, paired_difference
from riskml.training.settings import ModelSettings

AS_OF, OUTCOME = date(2015, 8, 31), date(2017, 8, 31)
"""The day all records are dated by, and the day it is told who had closed."""

FOLDS = 5

INDICATORS = (
    "branch_open", "branch_ended", "branch_days_since", "shareholder_count", "largest_share", "enterprise_held_share",
    "investment_open", "investment_ended", "investment_largest_share", "investment_days_since",
    "enforcement_count_1095d",
    "enforcement_amount_1095d", "dishonest_listing_open", "project_count_365d", "project_count_1095d",
    "project_days_since",
    "recruitment_count_90d", "recruitment_count_365d", "recruitment_days_since",
)  # fmt: skip

NO_PUBLISHED = Label(
    "无可比：竞赛成绩用了未公开的各表", "none comparable: contest scores used tables in no public copy"
)


@dataclass(frozen=True)
class ContestData:
    """The cohort: ``enterprise_id``, ``as_of``, ``outcome``, ``any_record``, ``group`` (linked by investments), and its
    indicators.
    """

    cohort: pd.DataFrame
    matrix: pd.DataFrame
    constraints: dict[str, int]


@dataclass(frozen=True)
class ContestResult:
    """What the benchmark gives.

    Parameters
    ----------
    comparisons
        All enterprises, then those with any record.
    above
        Our AUC minus plain LightGBM's on the same resamples, in the same order.
    """

    comparisons: tuple[Comparison, ...]
    above: tuple[Difference, ...]
    quarantined: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark ccf2017 --json``)."""
        pairs = zip(self.comparisons, self.above, strict=True)
        return {
            "comparison": [asdict(one) | {"auc_above_plain": asdict(above)} for one, above in pairs],
            "quarantined": self.quarantined,
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """Plain LightGBM and ours, and the quarantine."""
        title = say("2015-08 的企业至 2017-08 是否退出", "Closed by 2017-08, as of 2015-08")
        return ShownTable(title, compared_heads(), compared_rows(self.comparisons)), quarantine_table(self.quarantined)

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        return (
            *compared_notes(self.comparisons),
            *(
                say("比 LightGBM 高出的 AUC，", "AUC above plain LightGBM, ")
                + f"{one.name.said.splitlines()[1]}: {above.value:+.4f} [{above.low:+.4f}, {above.high:+.4f}]"
                for one, above in zip(self.comparisons, self.above, strict=True)
            ),
            say(
                "只有一个基准日和一个结果日，无从按时间划分；有投资关联的企业同在一折",
                "One as-of date and one outcome date allow no split in time; enterprises linked by investments share a "
                "fold",
            ),
            say(
                "招聘和项目没有自己的记录表，权作舆情和变更；结果是登记状态，不是检查",
                "Recruitment and projects stand as mentions and changes; the outcome is a registration, not an "
                "inspection",
            ),
        )

    @property
    def rolled(self) -> tuple[Rolled, ...]:
        """None: there is one as-of date."""
        return ()

    def comparison(self) -> tuple[Comparison, ...]:
        """The rows for the table of all benchmarks."""
        return self.comparisons


def run_ccf2017(data: Path, on_progress: Progress) -> ContestResult:
    """Run the benchmark on the folder with the contest's tables (Parquet).

    Raises
    ------
    RunError
        Where a table is missing or cannot be read.
    """
    with ingested("ccf2017", data, OUTCOME, on_progress) as (workspace, loaded):
        contest = read_contest(workspace, on_progress)
        ours, plain = out_of_fold(contest, on_progress)
        comparisons, above = [], []
        outcome, groups = (contest.cohort[name].to_numpy() for name in ("outcome", "group"))
        some = contest.cohort["any_record"].to_numpy(dtype=bool)
        for name, mask in (
            (Label("全部企业", "all"), np.ones(len(some), dtype=bool)),
            (Label("有任何记录", "any record"), some),
        ):
            figures = [
                evaluate(outcome[mask], given[mask], enterprise=groups[mask]).figures["auc"] for given in (plain, ours)
            ]
            problems, rows = int(outcome[mask].sum()), int(mask.sum())
            comparisons.append(
                Comparison(
                    Label(f"企业退出 ccf2017\n{name.zh}", f"Closures ccf2017\n{name.en}"),
                    problems,
                    rows,
                    None,
                    NO_PUBLISHED,
                    *figures,
                )
            )
            above.append(paired_difference(outcome[mask], ours[mask], plain[mask], enterprise=groups[mask])["auc"])
        return ContestResult(tuple(comparisons), tuple(above), quarantined(loaded))


def read_contest(workspace: Workspace, on_progress: Progress) -> ContestData:
    """The enterprises whose outcome is told, with their indicators as of `AS_OF`."""
    system = load_system(workspace.features, workspace.features / "overlays" / "ccf2017").select(INDICATORS)
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    store, connection = open_store(workspace.records), connect(workspace.spill)
    store.open_views(connection)
    cohort = _cohort(connection, periods)
    builder = MatrixBuilder(connection, store, system, periods)
    builder.pairs(cohort[["enterprise_id", "as_of"]])
    matrix = cohort[["enterprise_id", "as_of"]].merge(
        read_matrix(builder, on_progress), on=["enterprise_id", "as_of"], how="left"
    )
    names = [column.name for column in system.columns]
    return ContestData(cohort, matrix[names], {column.name: column.constraint for column in system.columns})


def out_of_fold(contest: ContestData, on_progress: Progress) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins of our model and of plain LightGBM, each enterprise by models of the other folds."""
    outcome = contest.cohort["outcome"].to_numpy()
    fold = fold_of(contest.cohort["group"])
    ours, plain = np.empty(len(outcome)), np.empty(len(outcome))
    for number in range(FOLDS):
        on_progress("model", number, FOLDS)
        test = fold == number
        train, learned = contest.matrix[~test], outcome[~test]
        model = RiskClassifier(
            **ModelSettings(form="trees").model_dump(), monotone_constraints=contest.constraints
        ).fit(train, learned)
        ours[test] = model.margin(contest.matrix[test])
        plain[test] = plain_margin(train, learned, contest.matrix[test])
    return ours, plain


def fold_of(group: pd.Series) -> NDArray[np.intp]:
    """The fold of each row: one for a whole group, the same in every run."""
    return np.array([crc32(str(name).encode()) % FOLDS for name in group], dtype=np.intp)


def _cohort(connection: duckdb.DuckDBPyConnection, periods: EffectPeriods) -> pd.DataFrame:
    entity_dates = f"(SELECT DISTINCT enterprise_id, DATE '{OUTCOME}' AS as_of FROM enterprise)"
    recorded = " UNION ".join(
        f"SELECT {column} FROM {table}"
        for table, column in (
            ("branch", "enterprise_id"), ("shareholding", "enterprise_id"), ("shareholding", "holder_id"),
            ("change", "enterprise_id"),
            ("judgment", "enterprise_id"), ("dishonest_debtor", "subject_id"), ("opinion", "enterprise_id"),
        )
    )  # fmt: skip
    # Those without a known outcome have no version of that day.
    cohort: pd.DataFrame = connection.sql(
        f"SELECT enterprise_id, DATE '{AS_OF}' AS as_of, CAST(status <> 'active' AS INTEGER) AS outcome, enterprise_id "
        f"IN ({recorded}) AS any_record "
        f"FROM ({current_enterprise_sql(entity_dates, periods)}) WHERE valid_from = DATE '{OUTCOME}' ORDER BY "
        "enterprise_id"
    ).to_arrow_table().to_pandas()  # fmt: skip
    ties = connection.sql("SELECT enterprise_id, holder_id FROM shareholding ORDER BY ALL").to_arrow_table().to_pandas()
    everyone = pd.Index(pd.concat([cohort["enterprise_id"], ties["enterprise_id"], ties["holder_id"]]).unique())
    ends = (everyone.get_indexer(ties["enterprise_id"]), everyone.get_indexer(ties["holder_id"]))
    _, group = connected_components(coo_array((np.ones(len(ties)), ends), shape=(len(everyone),) * 2), directed=False)
    return cohort.assign(group=group[: len(cohort)])
