"""``riskml what-if`` and ``riskml future``: what is typed, what is told of each step, and what is refused in words."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from handmade import Province
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace

X, Y = "91440103MA00000011", "91440103MA00000022"
PENALTY = {"enterprise_id": X, "severity": "moderate", "kind": "fine", "fine": 8, "market_supervision": True}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two enterprises of Guangzhou; whoever represents the first is listed, and holds two posts."""
    workspace = create_workspace(tmp_path_factory.mktemp("cli") / "workspace")
    firm = {"valid_from": "2015-01-01", "status": "active", "kind": "limited_company", "division": "440103"}
    post = {"enterprise_id": X, "start_date": "2020-01-01"}
    Province(workspace.root).receive({
        "enterprise": [
            {"record_id": "E1", "enterprise_id": X, "name": "广州某公司", **firm},
            {"record_id": "E2", "enterprise_id": Y, "name": "广州另一公司", **firm},
        ],
        "penalty": [
            {**PENALTY, "record_id": "P1", "event_date": "2026-01-05", "publicised_date": "2026-01-10"},
            {**PENALTY, "record_id": "P2", "event_date": "2026-09-05", "publicised_date": "2026-09-10"},
            {**PENALTY, "record_id": "P3", "event_date": "2026-08-05", "severity": "serious", "kind": "closure"},
            {**PENALTY, "record_id": "P4", "event_date": "2019-08-05"},
        ],
        "abnormal_listing": [
            {"record_id": "P1", "enterprise_id": X, "start_date": "2026-03-01", "cause": "annual_report"},
            {"record_id": "L0", "enterprise_id": X, "start_date": "2026-01-01", "end_date": "2026-02-01",
             "cause": "unreachable"},
        ],
        "tax_arrears": [{"record_id": "Q1", "enterprise_id": X, "start_date": "2026-05-01", "amount": 3}],
        "contract_breach": [{"record_id": "H1", "enterprise_id": X, "event_date": "2026-05-01"}],
        "annual_report": [{"record_id": "N1", "enterprise_id": X, "event_date": "2025-05-01", "year": 2024}],
        "position": [
            {**post, "record_id": "Z1", "person_id": "A", "role": "legal_representative"},
            {**post, "record_id": "Z2", "person_id": "A", "role": "director"},
            {**post, "record_id": "Z3", "person_id": "B", "role": "director"},
            {**post, "record_id": "Z4", "person_id": "C", "role": "supervisor", "enterprise_id": Y},
        ],
    })  # fmt: skip
    return workspace.root


def ask(root: Path, *arguments: str) -> dict[str, object]:
    """What a command answers as JSON."""
    ran = CliRunner().invoke(
        app,
        ["--workspace", str(root), *arguments, "--scheme", "guangzhou", "--as-of", "2026-10-31", "--format", "json"],
    )
    assert ran.exception is None, ran.exception
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def told(found: dict[str, object]) -> list[tuple[object, ...]]:
    """Of each step: its standing, from when, and what was read of the law."""
    steps = found["steps"]
    assert isinstance(steps, list)
    return [(one["standing"], one["allowed_from"], one["basis"]) for one in steps]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (("--repair", "penalty:P1"), ("allowed", "2026-04-10", "summary")),
        (("--repair", "P2"), ("later", "2026-12-10", "summary")),
        (("--repair", "P2", "--on", "2026-12-10"), ("allowed", "2026-12-10", "summary")),
        (("--repair", "P3"), ("none", None, "ours")),
        (("--repair", "H1"), ("none", None, "ours")),
        (("--revoke", "P2"), ("finding", None, "text")),
        (("--misjudged", "abnormal_listing:P1"), ("finding", None, "summary")),
        (("--reduce", "P2:fine=5"), ("finding", None, "text")),
        (("--end", "abnormal_listing:P1"), ("allowed", "2026-03-01", "text")),
        (("--end", "Q1"), ("allowed", None, "ours")),
        (("--file-report", "2025"), ("allowed", "2026-01-01", "text")),
        (("--replace", "legal_representative=C"), ("allowed", None, "ours")),
    ],
)
def test_each_step_says_whether_the_law_allows_it(root: Path, steps: tuple[str, ...], said: tuple[object, ...]) -> None:
    assert told(ask(root, "what-if", X, *steps)) == [said]


def test_several_steps_at_once_better_the_grade_and_waiting_is_told_apart(root: Path) -> None:
    found = ask(root, "what-if", X, "--repair", "P3", "--repair", "P2", "--end", "Q1", "--on", "2026-12-31")
    before, waiting, after = (found[name] for name in ("before", "waiting", "after"))
    assert isinstance(before, dict)
    assert isinstance(waiting, dict)
    assert isinstance(after, dict)
    assert (before["as_of"], waiting["as_of"], after["as_of"]) == ("2026-10-31", "2026-12-31", "2026-12-31")
    assert before["score"] == waiting["score"] < after["score"]
    assert [one[0] for one in told(found)] == ["allowed", "none", "allowed"]  # what ends comes first


def test_whoever_takes_up_a_post_undoes_no_other_step(root: Path) -> None:
    def score_after(*steps: str) -> float:
        return float(ask(root, "what-if", X, *steps)["after"]["score"])  # type: ignore[call-overload,index]

    replaced = ("--replace", "Z3=NOBODY")
    assert score_after(*replaced) < score_after("--repair", "P2", *replaced)
    assert score_after("--repair", "P2", *replaced) >= score_after("--repair", "P2")
    both = ask(root, "what-if", X, "--repair", "P2", "--file-report", "2023", "--file-report", "2022", *replaced)
    assert len(told(both)) == 4


def test_remarks_say_what_a_reader_should_know(root: Path) -> None:
    def remark(*steps: str) -> str:
        (step,) = ask(root, "what-if", X, *steps)["steps"]  # type: ignore[misc]
        return str(step["remark"]["en"])

    assert "does not count anyway" in remark("--repair", "P4")
    assert "who leaves still holds position:Z2" in remark("--replace", "Z1=C")
    assert "no post, share or listing of NOBODY is on record" in remark("--replace", "Z3=NOBODY")
    assert "figures cannot be known" in remark("--file-report", "2025")


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        (("--repair", "P1"), r"Several records .* 'P1'; say which: abnormal_listing:P1 .*; penalty:P1 \(2026-01-05\)"),
        (("--repair", "P9"), r"there is no 'P9'; there are, the newest first: penalty:P2 \(2026-09-05\)"),
        (("--repair", "Z4"), "there is no 'Z4'"),  # another enterprise's
        (("--end", "penalty:P1"), "is no state that lasts"),
        (("--end", "L0"), "ended on 2026-02-01 already"),
        (("--reduce", "P2:fine=9"), r"fine of penalty:P2 is 8.0000: it cannot be reduced to '9'"),
        (
            ("--reduce", "P2:severity=minor"),
            "has no 'severity' that could be reduced; there are fine",
        ),
        (("--reduce", "P2:market_supervision=0.5"), "has no 'market_supervision' that could be reduced"),
        (("--reduce", "P2:fine=５"), "fine of penalty:P2 is 8.0000: it cannot be reduced to '５'"),
        (("--reduce", "P2:fine=1e0"), "it cannot be reduced to '1e0'"),
        (("--reduce", "P2:fine=-1"), "it cannot be reduced to '-1'"),
        (
            ("--file-report", "2023", "--file-report", "2022", "--file-report", "2023"),
            "The report of 2023 was filed on",
        ),
        (("--reduce", "P2"), "should be like RECORD:PART=VALUE"),
        (("--replace", "Z1"), "should be like POST=PERSON"),
        (("--replace", "director=C"), r"2 persons hold the post director; name the record of the post: position:Z2"),
        (("--file-report", "2024"), r"The report of 2024 was filed on 2025-05-01 already \(N1\)"),
        (("--file-report", "2026"), "'2026' is no year whose report can be filed; it is one from 1990 to 2025"),
        (("--repair", "P2", "--on", "2026-10-30"), "is before the as-of date 2026-10-31"),
    ],
)
def test_what_cannot_be_is_refused_in_words(root: Path, steps: tuple[str, ...], error: str) -> None:
    arguments = ["--workspace", str(root), "what-if", X, *steps, "--scheme", "guangzhou", "--as-of", "2026-10-31"]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exception is not None
    if isinstance(ran.exception, ConfigurationError | RunError):
        assert ran.exception.en
        with pytest.raises(type(ran.exception), match=error):
            raise ran.exception
    else:
        assert "should be like" in error
        assert ran.exit_code == 2


def test_without_steps_it_says_what_may_be_done_with_each_record_that_counts(root: Path) -> None:
    found = ask(root, "what-if", X)
    said = [one["said"]["en"] for one in found["may_do"]]  # type: ignore[attr-defined]
    assert "End: Abnormal list P1 (2026-03-01)" in said
    assert "Repair: Administrative penalties P1 (2026-01-05)" in said
    assert not any(one.split(":")[1].strip().startswith("Annual") for one in said)
    assert found["steps"] == found["moved"] == []


def test_the_strip_names_each_month_and_each_record_that_leaves(root: Path) -> None:
    found = ask(root, "future", X)
    months, leaving = found["months"], found["leaving"]
    assert isinstance(months, list)
    assert isinstance(leaving, list)
    assert (months[0]["state"]["as_of"], months[35]["state"]["as_of"]) == ("2026-11-30", "2029-10-31")
    left = {one["record_id"]: one["day"] for one in leaving if one["why"] == "effect_period"}
    assert left["P2"] == "2027-09-10"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("command", [("what-if", X, "--repair", "P2"), ("future", X)])
def test_text_and_page_are_in_one_language(root: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    page = tmp_path / "page.html"
    common = ["--workspace", str(root), *command, "--scheme", "guangzhou", "--as-of", "2026-10-31"]
    ran = CliRunner().invoke(app, common)
    assert ran.exit_code == 0
    assert "C" in ran.stdout
    assert CliRunner().invoke(app, [*common, "--format", "html", "--to", str(page)]).exit_code == 0
    html = page.read_text(encoding="utf-8")
    parser = _Text()
    parser.feed(html)
    assert "广州某公司" in "".join(parser.texts)
    assert "<script" not in html
    assert ("<svg" in html) == (command[0] == "future")
