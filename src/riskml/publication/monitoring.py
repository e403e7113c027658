"""monitoring.html: every run of a scheme beside the earlier ones, and what is out of the ordinary in the newest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from riskml.core.errors import RiskmlError, RunError
from riskml.core.language import say
from riskml.core.pages import rendered
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.fonts import FONTS
from riskml.explaining.profile import SECTIONS, region_name
from riskml.publication.alerts import AGAINST, alerts, nothing_usual_yet, shifted
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.drift import FEWEST_RUNS, MUCH_DRIFT, MUCH_SHIFTED, SOME_DRIFT, Drift, chance
from riskml.publication.history import RunFacts, indicator_drift, read_history, scores_of
from riskml.publication.labels import Words, words_of
from riskml.publication.monitoring_charts import (
    distribution_chart,
    drift_chart,
    indicator_drift_chart,
    memory_chart,
    quarantine_chart,
    regime_charts,
    rules_chart,
    share_chart,
    time_chart,
)
from riskml.records.received import last_received
from riskml.records.store import RecordStore, open_store
from riskml.records.tables import Label
from riskml.runs.charts import grade_colours
from riskml.runs.policy_between import policy_between
from riskml.runs.published import PublishedRun, published_days, published_runs
from riskml.runs.realised import HOW, Realised, drawn_rates
from riskml.runs.regimes import Watch, watch
from riskml.runs.regimes_told import TO_DO, at_most, how, notice
from riskml.schemes.notices import notice_of


@dataclass(frozen=True)
class Monitoring:
    """What the page says.

    Parameters
    ----------
    drifts
        "before" and "first": indicator → how far it moved, its contributions and its values, against the run before and
        against the first run of the same model. One is missing where that run is another model's, or this one.
    drawn
        By grade, region and trade: the problem rates that draws with stated probabilities found since the runs; empty
        where no such draw is on record.
    watched
        Groups whose problem rate is no longer what the model in use expected.
    """

    path: Path
    history: tuple[RunFacts, ...]
    drifts: dict[str, dict[str, Drift]]
    alerts: tuple[Label, ...]
    drawn: dict[str, tuple[Realised, ...]]
    watched: Watch
    simulated: bool


def monitor(workspace: Workspace, scheme: str, on_progress: Progress) -> Monitoring:
    """Read every published run of a scheme and write ``runs/<scheme>/monitoring.html`` in the language that is spoken.

    Raises
    ------
    ConfigurationError
        Where no run is published.
    RunError
        Where no run has an enterprise.
    """
    whole = published_runs(workspace, scheme, "grades", "rules")
    runs = tuple(run for run in whole if run.manifest.enterprises)
    if not runs:
        raise RunError(
            zh="已发布的各期都没有企业，无可监测。",
            en="No published run has an enterprise: there is nothing to monitor.",
        )
    words = words_of(runs[-1])
    history = read_history(runs, on_progress)
    drifts: dict[str, dict[str, Drift]] = {}
    for against, reference in _references(runs).items():
        on_progress(f"drift {against}", len(drifts), 2)
        drifts[against] = indicator_drift(reference, runs[-1], words.system.categories)
    changed = policy_between(workspace.ledger, runs[-2], runs[-1].policy) if len(runs) > 1 else None
    policy = () if changed is None else (changed.said,)
    found = (*_left_out(workspace, scheme, whole), *runs[-1].manifest.notes, *policy, *alerts(history, drifts, words))
    simulated = any(run.manifest.simulated for run in runs)
    on_progress("draws", 0, 1)
    drawn: dict[str, tuple[Realised, ...]] = {}
    watched = Watch(why_not=Label("检查结果没有读到。", "The outcomes of visits were not read."))
    try:
        store = open_store(workspace.records)
        connection = _opened(workspace, store)
        until, periods = last_received(store), runs[-1].policy.periods
        drawn = drawn_rates(connection, runs, until, periods)
        watched = watch(connection, runs, until, workspace.ledger)
        found = (*map(notice, watched.lasting), *found)
    except RiskmlError as error:
        # The runs are whole without the records, and the page is about runs.
        found = (*found, Label(f"检查的结果没有列入：{error.zh}", f"Outcomes of visits are left out: {error.en}"))
    path = workspace.runs / scheme / "monitoring.html"
    page = Monitoring(path, history, drifts, found, drawn, watched, simulated)
    with appearing_whole_file(page.path) as draft:
        draft.write_text(_rendered(page, runs, words), encoding="utf-8")
    return page


def _opened(workspace: Workspace, store: RecordStore) -> duckdb.DuckDBPyConnection:
    """The record tables, each as a view."""
    connection = connect(workspace.spill)
    store.open_views(connection)
    return connection


def _drawn_tables(drawn: dict[str, tuple[Realised, ...]]) -> list[tuple[str, list[tuple[str, Realised]]]]:
    """The heads and rows of the tables of `Monitoring.drawn`."""
    names = {"grade": say("等级", "grade"), "region": say("地区", "region"), "trade": say("行业门类", "trade")}

    def called(by: str, group: str) -> str:
        if not group:
            return say("未知", "unknown")
        if by == "region":
            return region_name(f"{group}00")
        return SECTIONS[group].said if by == "trade" and group in SECTIONS else group

    return [(names[by], [(called(by, one.grade), one) for one in found]) for by, found in drawn.items()]


def _left_out(workspace: Workspace, scheme: str, whole: tuple[PublishedRun, ...]) -> list[Label]:
    """That published runs are missing or were altered, and so are not among those that are `whole`."""
    days = sorted(set(published_days(workspace, scheme)) - {run.as_of for run in whole})
    return [
        Label(
            f"基准日 {day} 已发布的结果缺失或被改动，本页没有列入；见 riskml check。",
            f"The run published as of {day} is missing or was altered, and is left out of this page; see riskml check.",
        )
        for day in days
    ]


def _references(runs: tuple[PublishedRun, ...]) -> dict[str, PublishedRun]:
    """The runs whose contributions can be compared with the newest's: of the same model."""
    *earlier, now = runs
    same = [run for run in earlier if run.model == now.model]
    before = {"before": earlier[-1]} if earlier and earlier[-1].model == now.model else {}
    return {**before, **({"first": same[0]} if same and same[0] is not before.get("before") else {})}


def _rendered(page: Monitoring, runs: tuple[PublishedRun, ...], words: Words) -> str:
    history, scheme, now = page.history, words.scheme, runs[-1]
    compared = {
        f"{say('本期', 'now')} {now.as_of}": now,
        **{f"{name} {run.as_of}": run for name, run in _compared(runs).items()},
    }
    rules = {rule: words.rule(rule) for rule in sorted({rule for facts in history for rule in facts.fired})}
    labels = {name: words.indicator(name) for drift in page.drifts.values() for name in drift}
    # Drawn from our own labels and numbers; the chart library escapes what it writes.
    charts = {
        "shares": share_chart(history, scheme),
        "drift": drift_chart(history) if any(run.drift_before is not None for run in history) else None,
        "distribution": distribution_chart({name: scores_of(run) for name, run in compared.items()}, scheme)
        if scheme.score
        else None,
        "indicators": indicator_drift_chart(page.drifts, labels) if page.drifts else None,
        "regimes": regime_charts(page.watched),
        "rules": rules_chart(history, rules),
        "quarantine": quarantine_chart(history),
        "time": time_chart(history),
        "memory": memory_chart(history),
    }
    return rendered(
        Path(__file__).parent / "templates" / "monitoring.html.j2",
        fonts=FONTS,
        scheme=scheme,
        notice=notice_of(scheme, now.as_of),
        page=page,
        now=history[-1],
        total_runs=len(runs),
        charts=charts,
        drawn=_drawn_tables(page.drawn),
        drawn_how=HOW[bool(page.drawn)],
        watched_how=how(page.watched.tolerated),
        to_do=TO_DO,
        at_most=at_most,
        colours=grade_colours(scheme),
        limits=(SOME_DRIFT, MUCH_DRIFT),
        shifted=shifted(page.drifts),
        indicator=lambda name: words.indicator(name).said,
        much_shifted=MUCH_SHIFTED,
        against=AGAINST,
        chance=chance(history[-2].enterprises, history[-1].enterprises) if len(history) > 1 else None,
        too_few=nothing_usual_yet(history),
        fewest=FEWEST_RUNS,
    )


def _compared(runs: tuple[PublishedRun, ...]) -> dict[str, PublishedRun]:
    """The runs that the newest one's scores are drawn beside."""
    return {
        **({say("上期", "before"): runs[-2]} if len(runs) > 1 else {}),
        **({say("首期", "first"): runs[0]} if len(runs) > 2 else {}),
    }
