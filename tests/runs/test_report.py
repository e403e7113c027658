"""What a run's page says of where its records come from."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from handmade import Province
from in_a_browser import found_wrong, needs_chromium
from one_language import foreign
from small_runs import T, code, make_bundle, make_workspace, put_in_use, records, without_checkpoints

from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.runs.layout import REPORTS
from riskml.runs.score import score
from riskml.schemes.policy import load_policy
from riskml.training.bands_of_rates import bands_kept


def test_a_page_of_simulated_and_own_records_does_not_claim_that_all_are_simulated(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    province = Province(workspace.root, source="simulated")
    province.deliveries = 1
    province.receive(
        {"honour": [{"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}]}
    )
    page = (score(workspace, "yunnan", T, lambda *_: None).folder / "report.html").read_text(encoding="utf-8")
    assert "与 handmade 送来的混在一起" in page
    assert "均由 riskml simulate 生成" not in page


def test_a_source_that_says_of_itself_that_it_is_generated_is_not_told_as_real(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    province = Province(workspace.root, source="generated")
    province.deliveries = 1
    source = province.source(
        {"honour": [{"record_id": "H1", "enterprise_id": "甲", "event_date": "2026-01-05", "level": "national"}]}
    )
    with (source.folder / "source.yaml").open("a") as text:
        text.write("simulated: true\n")
    province.load(source)
    page = (score(workspace, "yunnan", T, lambda *_: None).folder / "report.html").read_text(encoding="utf-8")
    assert "与 handmade 送来的混在一起" in page
    assert "generated" not in page.replace("riskml simulate", "").split("混在一起")[0]


def test_a_run_has_its_report_in_both_languages_whoever_made_it(tmp_path: Path) -> None:
    """What a run publishes depends on nobody's language."""
    made = {}
    for spoken in Language:
        workspace = make_workspace(tmp_path / spoken.value)
        with speaking(spoken):
            folder = score(workspace, "yunnan", T, lambda *_: None).folder
        made[spoken] = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    varying = {Path("manifest.json")}  # the time each stage took
    zh, en = (
        {path: without_checkpoints(content) for path, content in one.items() if path not in varying}
        for one in made.values()
    )
    assert zh == en
    for spoken, name in REPORTS.items():
        page = zh[Path(name)].decode()
        assert foreign(page, spoken, ["云南省", "昆明市", "玉溪市", "红河哈尼族彝族自治州", "handmade"]) == []
        assert ("Shares by grade" if spoken is Language.en else "各类占比") in page


def test_problem_rates_by_bands_that_are_in_force_no_longer_say_by_which_they_are(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    bundle = make_bundle()
    scheme = workspace.models / "yunnan" / "scheme.yaml"
    put_in_use(
        workspace, replace(bundle, facts={**bundle.facts, "bands": bands_kept(load_policy(workspace, "yunnan").scheme)})
    )
    page = score(workspace, "yunnan", T, lambda *_: None).folder / "report.en.html"
    assert "bands at the time of training" not in page.read_text(encoding="utf-8")
    text = scheme.read_text(encoding="utf-8")
    scheme.write_text(
        text.replace("from: 200, below: 500", "from: 200, below: 400").replace("from: 500", "from: 400"),
        encoding="utf-8",
    )
    page = score(workspace, "yunnan", T, lambda *_: None, revision_reason="bands").folder / "report.en.html"
    said = (
        "Grades are by the bands at the time of training (A 0–200, B 200–500, C 500–750, D 750–), not by those in "
        "force "
        "(A 0–200, B 200–400, C 400–750, D 750–)"
    )
    assert said in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("scheme", "division", "table"),
    [
        (
            "guangzhou",
            "440106",
            "mean points taken away Administrative penalties 18 5.83 Complaints and reports accepted 3 2 "
            "Negative public opinion 1 3",
        ),
        ("lingyuan", "211382", "mean points taken away Administrative penalties 17 4.7 Blacklists it is now on 2 60"),
        (
            "langfang",
            "131002",
            "mean number Penalties other than the serious ones 18 1 "
            "On a list of serious dishonesty and not removed 1 1",
        ),
    ],
)
def test_a_report_lists_what_counts_against_enterprises_whatever_more_points_mean(
    tmp_path: Path, scheme: str, division: str, table: str
) -> None:
    """Twenty have an honour, which counts for them."""
    workspace = create_workspace(tmp_path / "workspace")
    rows = records()
    for one in rows["enterprise"]:
        one |= {"division": division, "kind": "limited_company"}
    honours = [
        {"record_id": f"H-{number}", "enterprise_id": code(number), "event_date": "2026-03-01", "level": "national"}
        for number in range(20, 40)
    ]
    Province(workspace.root).receive(rows | {"honour": honours})
    page = (score(workspace, scheme, T, lambda *_: None).folder / "report.en.html").read_text(encoding="utf-8")
    section = page.partition("What most often counts most against an enterprise")[2].partition("</section>")[0]
    assert " ".join(re.sub("<[^>]+>", " ", section).split()) == f"indicator enterprises {table}"


@pytest.mark.parametrize(
    ("spoken", "told"),
    [
        (Language.en, "fires (never received: Dishonest judgment debtors"),
        (Language.zh, "无法判断：从未收到失信被执行人"),
    ],
)
def test_what_was_never_received_is_told_by_the_names_of_tables(tmp_path: Path, spoken: Language, told: str) -> None:
    folder = score(make_workspace(tmp_path / "workspace"), "yunnan", T, lambda *_: None).folder
    page = (folder / REPORTS[spoken]).read_text(encoding="utf-8")
    assert told in page
    assert "dishonest_debtor" not in page


@needs_chromium
def test_the_report_reads_on_a_telephone_and_on_paper(tmp_path: Path) -> None:
    folder = score(make_workspace(tmp_path / "workspace"), "yunnan", T, lambda *_: None).folder
    assert found_wrong(folder / name for name in REPORTS.values()) == []
