"""The monitoring page, and what it warns of."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from in_a_browser import found_wrong, needs_chromium
from one_language import foreign
from small_runs import copy_ledger, publish_manifest
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.language import Label, Language, speaking
from riskml.core.workspace import Workspace
from riskml.publication import history as history_module
from riskml.publication.alerts import alerts
from riskml.publication.drift import Drift, drift_of
from riskml.publication.history import RunFacts, indicator_drift, read_history
from riskml.publication.labels import Words
from riskml.publication.monitoring import Monitoring, monitor
from riskml.publication.monitoring_charts import indicator_drift_chart, share_chart, time_chart
from riskml.runs.published import PublishedRun


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def page(workspace: Workspace) -> Monitoring:
    return monitor(workspace, "yunnan", silent)


def usual(number: int, **more: object) -> RunFacts:
    facts = RunFacts(
        as_of=date(2026, 1 + number, 28), revision=0, model="a" * 64, policy="b" * 64, enterprises=1000,
        shares={"A": 0.6, "B": 0.3, "C": 0.07, "D": 0.03},
        fired={"blacklisted": 30}, pending=2, quarantined=100 + number, newly_quarantined=1,
        seconds={"indicators": 100.0, "report": 5.0},
        peak_memory_gib=4.0, drift_before=0.01, drift_first=0.02,
    )  # fmt: skip
    return replace(facts, **more)


def said(now: RunFacts, words: Words, drifts: dict[str, dict[str, Drift]] | None = None, earlier: int = 6) -> list[str]:
    return [alert.en for alert in alerts((*(usual(number) for number in range(earlier)), now), drifts or {}, words)]


def test_with_too_few_runs_nothing_is_said_to_be_usual(workspace: Workspace) -> None:
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "monitor"])
    assert "With fewer than 4 runs nothing is usual yet" in " ".join(ran.stdout.split())
    assert "out of its usual range" not in ran.stdout
    assert (
        json.loads(CliRunner().invoke(app, ["--workspace", str(workspace.root), "monitor", "--json"]).stdout)["judged"]
        is False
    )


def test_the_facts_are_the_runs(page: Monitoring, runs: tuple[PublishedRun, ...]) -> None:
    assert [facts.as_of for facts in page.history] == [run.as_of for run in runs]
    for facts, run in zip(page.history, runs, strict=True):
        assert sum(facts.shares.values()) == pytest.approx(1)
        assert facts.shares["D"] * facts.enterprises == pytest.approx(run.manifest.grades["D"])
        rules = pq.read_table(run.folder / "rules").to_pandas().groupby("rule")["enterprise_id"].nunique().to_dict()
        assert facts.fired == rules
    assert page.history[0].drift_before is None
    assert page.history[-1].pending == 1
    assert (page.history[1].newly_quarantined, page.history[0].newly_quarantined) == (0, None)


def test_indicators_drift_where_they_moved_scores(page: Monitoring, runs: tuple[PublishedRun, ...]) -> None:
    """Fines were added in October; against itself a run has not moved at all."""
    drift = page.drifts["before"]
    assert set(drift) == {"penalty_count_365d", "fine_amount", "complaint_count_365d"}
    assert drift["fine_amount"].index > 0
    itself = indicator_drift(runs[2], runs[2]).values()
    assert {one.index for one in itself} == {0}
    assert {shift.ratio for one in itself for shift in (one.unknown, one.present) if shift} == {1}
    assert page.drifts["first"]["complaint_count_365d"].index > 0


@pytest.mark.usefixtures("in_chinese")
def test_the_page_is_whole_and_needs_nothing_from_outside(workspace: Workspace) -> None:
    html = monitor(workspace, "yunnan", silent).path.read_text(encoding="utf-8")
    assert html.count("<svg") == 8
    assert "需要留意" in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    assert "模拟数据" not in html  # these records are hand-made
    assert "不足 4 期" in html


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(workspace: Workspace) -> None:
    assert found_wrong([monitor(workspace, "yunnan", silent).path]) == []


@pytest.mark.parametrize("spoken", list(Language))
def test_the_longest_labels_make_the_chart_of_drift_no_wider_than_the_others(spoken: Language) -> None:
    """On a desk it would be cut at the right, where the largest drift is drawn; and no word of a label is left out."""
    label = Label(
        "近一年内市场监管部门作出的行政处罚" * 6, "penalties by market supervision departments in a year " * 4
    )
    quiet = drift_of(np.arange(2000.0), np.arange(2000.0))
    with speaking(spoken):
        svg = indicator_drift_chart({"before": {"fine_amount": replace(quiet, index=0.3)}}, {"fine_amount": label})
        told = label.said
    assert int(svg.partition('width="')[2].partition('"')[0]) < 1000
    assert "".join(told.split()) in "".join(re.sub("<[^>]*>", "", svg).split())


@pytest.mark.usefixtures("in_chinese")
def test_simulated_figures_say_so(workspace: Workspace, tmp_path: Path, runs: tuple[PublishedRun, ...]) -> None:
    copied = copy_runs(workspace, tmp_path, runs)
    publish_manifest(copied, "2026-08-31", simulated=True)
    assert "模拟数据" in monitor(copied, "yunnan", silent).path.read_text(encoding="utf-8")


def copy_runs(workspace: Workspace, root: Path, runs: tuple[PublishedRun, ...]) -> Workspace:
    """A workspace whose runs can be changed: the Parquet parts are the same files."""
    copied = Workspace(root)
    for name in ("features", "models"):
        (root / name).symlink_to(workspace.root / name)
    for run in runs:
        folder = copied.runs / "yunnan" / run.folder.name
        folder.mkdir(parents=True)
        for table in ("grades", "contributions", "indicators", "reasons", "rules", "policy", "model"):
            (folder / table).symlink_to(run.folder / table)
        shutil.copy(run.folder / "manifest.json", folder)
    copy_ledger(workspace, copied)
    return copied


def test_another_model_is_said_and_contributions_are_not_compared(
    workspace: Workspace, tmp_path: Path, runs: tuple[PublishedRun, ...]
) -> None:
    copied = copy_runs(workspace, tmp_path, runs)
    publish_manifest(copied, "2026-09-30", model="0" * 64)
    page = monitor(copied, "yunnan", silent)
    assert set(page.drifts) == {"first"}
    assert "another model" in page.alerts[0].en


@pytest.mark.usefixtures("in_chinese")
def test_the_first_run_of_all_has_a_page(workspace: Workspace, tmp_path: Path, runs: tuple[PublishedRun, ...]) -> None:
    page = monitor(copy_runs(workspace, tmp_path, runs[:1]), "yunnan", silent)
    assert (len(page.history), page.drifts) == (1, {})
    assert all("left out" in alert.en for alert in page.alerts)  # the ledger has the other months, and the records
    assert "只有一期" in page.path.read_text(encoding="utf-8")


def test_only_the_newest_runs_are_shown_and_drift_reaches_back(
    runs: tuple[PublishedRun, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_history(runs, silent)
    monkeypatch.setattr(history_module, "MOST_RUNS", 2)
    assert read_history(runs, silent) == whole[1:]


def test_as_usual_nothing_is_said(words: Words) -> None:
    assert said(usual(7), words) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"shares": {"A": 0.57, "B": 0.3, "C": 0.07, "D": 0.06}}, "Share of D: 6.0% this time, usually between 2.4% "
                                                                  "and 3.6%."),
        ({"fired": {}}, 'Enterprises for which "Currently blacklisted (Art. 15(1))" fired: 0 this time, usually '
                        'between 20 and 40.'),
        ({"pending": 40}, "Enterprises waiting for an officer: 40 this time, usually between 0 and 12."),
        ({"newly_quarantined": 500}, "Rows newly in quarantine: 500 this time, usually between 0 and 11."),
        ({"seconds": {"indicators": 400.0}}, "Time (seconds): 400 this time, usually between 75 and 135."),
        ({"peak_memory_gib": 9.0}, "Peak memory (GiB): 9.00 this time, usually between 3.20 and 4.80."),
        ({"drift_before": 0.12}, "The distribution of scores changed since the run before (PSI 0.12): watch the next "
                                 "run."),
        ({"drift_first": 0.3}, "The distribution of scores changed greatly since the first run (PSI 0.30): check for "
                               "missing or late data "
         "before this run is used."),
    ],
)  # fmt: skip
def test_each_figure_out_of_its_usual_range_is_said(words: Words, changed: dict[str, object], expected: str) -> None:
    assert said(usual(7, **changed), words) == [expected]


def test_faster_and_leaner_is_no_alert(words: Words) -> None:
    assert said(usual(7, seconds={"report": 1.0}, peak_memory_gib=0.1, pending=0, newly_quarantined=0), words) == []


def test_an_indicator_that_moved_far_is_named(words: Words) -> None:
    quiet = drift_of(np.arange(2000.0), np.arange(2000.0))
    far = replace(quiet, index=0.3)
    found = said(usual(7), words, {"before": {"fine_amount": far, "penalty_count_365d": replace(quiet, index=0.2)}})
    assert found == [
        'What the indicator "Total fines" adds to scores changed greatly since the run before (PSI 0.30): look at its '
        "source data."
    ]


def test_shares_of_values_that_changed_are_told_once_for_each_kind_the_furthest_first(words: Words) -> None:
    zeros = np.zeros(4000)
    rare, often = (drift_of(np.repeat([0.0, 1.0], [3980, 20]), np.repeat([0.0, 1.0], [4000 - n, n])) for n in (60, 200))
    gone = drift_of(zeros, np.where(np.arange(4000) < 1000, np.nan, zeros))
    drifts = {"before": {"complaint_count_365d": rare, "fine_amount": often, "penalty_count_365d": gone}}
    unknown, present = (one for one in said(usual(7), words, drifts) if "share" in one)
    assert "whose value cannot be known changed greatly since the run before for 1 indicator: " in unknown
    assert "0.0% → 25.0%" in unknown
    assert "for 2 indicators: Total fines 0.5% → 5.0%; " in present
    assert "0.5% → 1.5%" in present


def test_what_concerns_many_indicators_is_no_list_of_all(words: Words) -> None:
    rare = drift_of(np.repeat([0.0, 1.0], [3980, 20]), np.repeat([0.0, 1.0], [3940, 60]))
    (told,) = said(usual(7), words, {"first": {f"x{place}": rare for place in range(9)}})
    assert "for 9 indicators: x0 0.5% → 1.5%; x1" in told
    assert told.endswith("and 4 more. Look at the source data.")


def test_after_few_runs_only_drift_is_said(words: Words) -> None:
    assert said(usual(7, shares={"A": 0.0, "B": 0.0, "C": 0.0, "D": 1.0}, drift_before=0.4), words, earlier=2) != []
    assert said(usual(7, shares={"A": 0.0, "B": 0.0, "C": 0.0, "D": 1.0}), words, earlier=2) == []


def test_charts_take_many_runs_and_stages_of_any_name(words: Words) -> None:
    many = [usual(number % 12, as_of=date(2024 + number // 12, 1 + number % 12, 28)) for number in range(24)]
    assert "A 60.0%" not in share_chart(many, words.scheme)  # no room for labels in narrow bars
    assert "A 60.0%" in share_chart(many[:6], words.scheme)
    assert "evidence" in time_chart([usual(0, seconds={"evidence": 3.0})])


@pytest.mark.parametrize("spoken", Language)
def test_the_page_is_in_one_language(workspace: Workspace, spoken: Language) -> None:
    with speaking(spoken):
        text = monitor(workspace, "yunnan", silent).path.read_text(encoding="utf-8")
    text = text.replace("Credit Risk Scorecards", "")  # a book
    assert foreign(text, spoken) == []
    assert ("Monitoring of runs" if spoken is Language.en else "运行监测") in text
