"""A plan from its YAML to the task list, as an office makes it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from docx import Document
from small_runs import code
from typer.testing import CliRunner, Result

from riskml.casework.desk import Desk
from riskml.cli import app
from riskml.core.china_day import china_today
from riskml.core.errors import RiskmlError
from riskml.core.init import shipped_files
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks import worth
from riskml.lab.plans.charts import write_charts
from riskml.planning.plan_files import PlanFolder
from riskml.planning.read_back import people_of, visits_of
from riskml.publication.enterprises import connect_to_records
from riskml.sampling.verifier import nonce_hash
from riskml.sampling.worth import NAMES

PLAN = f"""
plan: 2026-11
scheme: yunnan
period: {{from: 2026-11-02, until: 2026-11-30}}
ratios:
  - {{grade: A, ratio: 0.1, manner: off_site}}
  - {{grade: B, ratio: 0.2}}
  - {{grade: C, ratio: 0.4}}
  - {{grade: D, ratio: 0.6}}
p_min: 0.05
budget: {{inspector_days: 200}}
cap: {{visits_a_year: 2}}
specials:
  - {{code: GJ-7, label: {{zh: 上级专项, en: an order from above}}, file: special.csv}}
departments:
  - {{code: tax, label: {{zh: 税务局, en: the tax office}}, file: tax.csv}}
inspectors: {{file: inspectors.csv, conflicts: conflicts.csv}}
witnesses:
  - {{name: notary, hash: {nonce_hash("kept")}}}
"""


@pytest.fixture(scope="module")
def office(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the province, with a plan beside it."""
    copy = Workspace(tmp_path_factory.mktemp("plans") / "workspace")
    shutil.copytree(workspace.root, copy.root, symlinks=True)
    plans = copy.root / "plans"
    plans.mkdir()
    (plans / "2026-11.yaml").write_text(PLAN, encoding="utf-8")
    (plans / "special.csv").write_text(f"enterprise\n{code(20)}\n", encoding="utf-8")
    (plans / "tax.csv").write_text(f"enterprise,field\n{code(20)},tax\n{code(21)},\n", encoding="utf-8")
    (plans / "inspectors.csv").write_text(
        "inspector,places,fields,days\nZhao,,tax,20\nQian,,,20\nSun,53,,20\nLi,53,tax,20\n", encoding="utf-8"
    )
    (plans / "conflicts.csv").write_text(f"inspector,enterprise\nZhao,{code(20)}\n", encoding="utf-8")
    return copy


def run(office: Workspace, *words: str) -> Result:
    return CliRunner().invoke(app, ["--workspace", str(office.root), "plan", *words])


def answer(office: Workspace, *words: str) -> dict:
    ran = run(office, *words, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def refused(office: Workspace, *words: str) -> RiskmlError:
    found = run(office, *words).exception
    assert isinstance(found, RiskmlError)
    return found


def visited(office: Workspace) -> list[dict]:
    """The rows that the office has of the plan's visits."""
    folder = PlanFolder.of(office, "yunnan", "2026-11")
    units = {one.unit for one in visits_of(office.ledger, folder)}
    return [one for one in people_of(office.ledger, folder).to_pylist() if one["unit"] in units]


def test_from_yaml_to_task_list(office: Workspace, tmp_path: Path) -> None:
    made = answer(office, "make", str(office.root / "plans" / "2026-11.yaml"))
    assert (made["plan"], made["units"], made["simulated"]) == ("yunnan/2026-11", 60, False)
    assert made["fixed_days"] == 2 * (3 + 1 + 1)  # of D; the special with the tax office's; the tax office's other one
    committed = answer(office, "commit", "2026-11")
    drawn = answer(office, "draw", "2026-11", "--nonce", "notary=kept")
    assert drawn["commitment"] == committed["digest"]
    assert drawn["size"] == made["drawn"]
    assert answer(office, "verify", "2026-11") == drawn
    shown = answer(office, "show", "2026-11")
    assert shown["commitments"] == [committed["digest"]]
    assert shown["draw"]

    written = answer(office, "export", "2026-11", "--to", str(tmp_path / "tasks.csv"))
    with (tmp_path / "tasks.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    assert len(rows) == written["visits"] == drawn["visits"]
    assert "not made public" in heads[-1]
    by_code = {row[1].strip(): dict(zip(heads, row, strict=False)) for row in rows}
    joint = by_code[code(20)]
    assert "special from above (an order from above)" in joint["why"]
    assert "joint with a department (the tax office)" in joint["why"]
    assert "Zhao" not in joint["inspectors"]
    assert "Li" in joint["inspectors"]
    assert "on site by its grade" in by_code[code(12)]["why"]

    to = tmp_path / "verifier.py"
    assert run(office, "verifier", "--to", str(to)).exit_code == 0
    published = office.data / "plans" / "yunnan" / "2026-11" / "published"
    checked = subprocess.run([sys.executable, "-I", str(to), str(published)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_what_another_plan_is_to_visit_counts_towards_the_cap(office: Workspace) -> None:
    path = office.root / "plans" / "next.yaml"
    path.write_text(
        PLAN.replace("plan: 2026-11", "plan: next").replace("visits_a_year: 2", "visits_a_year: 1"), encoding="utf-8"
    )
    made = answer(office, "make", str(path))
    visits = (office.data / "plans" / "yunnan" / "2026-11" / "published" / "visits.csv").read_text(encoding="utf-8")
    assert made["conflicts"][0]["kind"] == "cap"
    assert made["conflicts"][0]["lacking"] == visits.count("\n") - 1


def test_results_come_back_as_records_and_close_cases(office: Workspace, tmp_path: Path) -> None:
    answer(office, "export", "2026-11", "--to", str(tmp_path / "tasks.csv"))
    with (tmp_path / "tasks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row[0].strip(), row[1].strip(), "on site by its grade" in row[5]) for row in csv.reader(file)][1:]
    opened = CliRunner().invoke(
        app, ["--workspace", str(office.root), "case", "open", "visit", "--proposed", "--scheme", "yunnan"]
    )
    assert opened.exit_code == 0, opened.output
    heads = "visit,outcome,date,result,problems,serious_problems\n"
    told = {code(20): "refused,2026-11-20,,,", code(21): "unvisited,,,,", code(12): "closed,2026-11-21,,,"}
    not_told = next(visit for visit, one, demanded in rows if one not in told and not demanded)
    lines = [f"{visit},{told.get(one, 'visited,2026-11-09,problem,2,')}" for visit, one, _ in rows if visit != not_told]
    given = tmp_path / "outcomes.csv"
    given.write_text(heads + "\n".join(lines) + "\n", encoding="utf-8")
    found = answer(office, "results", "2026-11", "--from", str(given))
    assert found["outcomes"] == {"visited": len(rows) - 4, "refused": 1, "unvisited": 1, "closed": 1, "": 1}
    assert found["records"] == len(rows) - 2
    # A second file tells of one more visit and of one otherwise, and takes nothing back.
    (office.data / "plans/yunnan/2026-11/office/outcomes.csv").write_text(
        told_before(office).replace(str(china_today()), "2026-11-22"), encoding="utf-8"
    )
    corrected = next(visit for visit, one, demanded in rows if one not in told and not demanded and visit != not_told)
    lines = [f"{not_told},visited,2026-11-22,no_problem,0,", f"{corrected},visited,2026-11-09,no_problem,0,"]
    given.write_text(heads + "\n".join(lines) + "\n", encoding="utf-8")
    found = answer(office, "results", "2026-11", "--from", str(given))
    assert found["records"] == len(rows) - 1
    assert found["outcomes"]["refused"] == 1
    with next(Path(found["delivery"]).iterdir()).open(encoding="utf-8") as file:
        records = {row["record_id"].rpartition("/")[2]: row for row in csv.DictReader(file)}
    # Nobody knew of a visit before it was told of.
    told_today = {visit for visit, row in records.items() if row["known_date"] == str(china_today())}
    assert told_today == {not_told, corrected}
    assert {row["known_date"] for visit, row in records.items() if visit not in told_today} == {"2026-11-22"}

    # Told of and not on record yet, a visit counts towards the cap of the next plan, unless it was not made.
    following = answer(office, "make", str(office.root / "plans" / "next.yaml"))
    assert following["conflicts"][0]["lacking"] == len(rows) - 1
    shutil.copytree(shipped_files() / "sources" / "plans", office.sources / "plans", dirs_exist_ok=True)
    loaded = CliRunner().invoke(
        app,
        ["--workspace", str(office.root), "ingest", "plans", "--from", found["delivery"]],
    )
    assert loaded.exit_code == 0, loaded.output
    connection = connect_to_records(office)
    kinds = connection.execute(
        "SELECT kind, draw_chance IS NULL, count(*) FROM inspection WHERE plan = 'yunnan/2026-11' GROUP BY ALL"
    ).fetchall()
    assert sorted((kind, without) for kind, without, _ in kinds) == [("random", False), ("targeted", True)]
    assert sum(number for *_, number in kinds) == found["records"]
    ((result,),) = connection.execute("SELECT result FROM inspection WHERE enterprise_id = ?", [code(20)]).fetchall()
    assert result == "uncooperative"

    assert answer(office, "close", "2026-11")["closed"] == sum(demanded for *_, demanded in rows) == 3
    assert answer(office, "close", "2026-11") == {"closed": 0}
    desk = Desk.of(office, Principal.of_process())
    desk.open("visit", "yunnan", code(12), "a quarter later", {"due_on": "2099-01-31"}, None)
    assert answer(office, "close", "2026-11") == {"closed": 0}


def told_before(office: Workspace) -> str:
    return (office.data / "plans" / "yunnan" / "2026-11" / "office" / "outcomes.csv").read_text(encoding="utf-8")


def document(office: Workspace, folder: Path, kind: str, *words: str) -> str:
    """The texts of a document for Word."""
    to = folder / f"{kind}.docx"
    ran = run(office, "document", "2026-11", "--kind", kind, "--to", str(to), *words)
    assert ran.exit_code == 0, ran.exception
    made = Document(str(to))
    cells = [cell.text for one in made.tables for row in one.rows for cell in row.cells]
    return "\n".join([*(one.text for one in made.paragraphs), *cells])


def test_documents_that_leave_the_office_tell_no_grade(office: Workspace, tmp_path: Path) -> None:
    commitment = answer(office, "show", "2026-11")["commitments"][0]
    announced = document(office, tmp_path, "announcement")
    assert commitment in announced
    assert "an order from above" in announced
    assert "Ratio and frequency" in announced or "ratio" in announced
    tasks = document(office, tmp_path, "tasks", "--region", "5301")
    assert "not made public" in tasks
    assert code(20) in tasks
    assert code(22) not in tasks  # of another prefecture
    directed = next(one["visit"] for one in visited(office) if one["arms"] == "directed")
    notice = document(office, tmp_path, "notice", "--visit", directed)
    assert directed in notice
    assert "Art. 21" not in notice
    assert "grade" not in notice
    # One that was drawn and one of a grade that demands a visit are told the same.
    drawn = next(one for one in visited(office) if not one["arms"])
    other = document(office, tmp_path, "notice", "--visit", drawn["visit"])
    assert ("random" in other, "directed" in notice) == (False, False)
    assert "visited" in document(office, tmp_path, "results")
    assert code(12) in document(office, tmp_path, "downgraded")
    to = tmp_path / "results.pdf"
    assert run(office, "document", "2026-11", "--kind", "results", "--to", str(to)).exit_code == 0
    assert to.read_bytes().startswith(b"%PDF")
    wrong = refused(office, "document", "2026-11", "--kind", "notice", "--to", str(tmp_path / "notice.pdf"))
    assert "code of a visit" in wrong.en
    assert "end in .docx or .pdf" in refused(office, "document", "2026-11", "--kind", "tasks", "--to", "tasks.txt").en


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("000000000000,visited,2026-11-09,problem,,", "line 2, visit: '000000000000' should be the code of a visit"),
        ("{visit},seen,2026-11-09,problem,,", "line 2, outcome: 'seen' should be one of visited, refused"),
        ("{visit},visited,2099-01-01,problem,,", "line 2, date: '2099-01-01' should be a date from 2026-11-02 to"),
        ("{visit},visited,2026-11-01,problem,,", "line 2, date: '2026-11-01' should be a date from 2026-11-02 to"),
        ("{visit},visited,,problem,,", "line 2, date: '' should be a date from 2026-11-02 to"),
        ("{visit},visited,2026-11-09,fine,,", "line 2, result: 'fine' should be one of no_problem"),
        ("{visit},closed,2026-11-09,problem,,", "line 2, result: 'problem' should be empty"),
        ("{visit},visited,2026-11-09,problem,two,", "line 2, problems: 'two' should be a number"),
    ],
)
def test_results_that_are_wrong_are_refused_with_their_place(
    office: Workspace, tmp_path: Path, row: str, said: str
) -> None:
    given = tmp_path / "outcomes.csv"
    line = row.format(visit=visited(office)[0]["visit"])
    given.write_text(f"visit,outcome,date,result,problems,serious_problems\n{line}\n", encoding="utf-8")
    assert said in refused(office, "results", "2026-11", "--from", str(given)).en


def test_the_worth_of_plans_on_a_simulated_province_is_told_and_drawn(
    office: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = office.data / "truth"
    truth.mkdir()
    rows = [(code(number), date(2026, 10, 31), 0.1 + number / 100) for number in range(60)]
    table = pd.DataFrame(rows, columns=["enterprise_id", "month_end", "risk"])
    table.assign(month_end=pd.to_datetime(table["month_end"])).to_parquet(truth / "hidden_risk.parquet")
    monkeypatch.setattr(worth, "parse_training", lambda *_: SimpleNamespace(past_penalties="penalty_count_365d"))
    result = worth.worth_simulated(office, lambda *_: None)
    assert result.tables()[0].title.startswith("simulated province")
    assert set(result.replays["simulated"].by) == set(NAMES)
    assert len(write_charts(result, tmp_path)) == 2


def test_a_second_draw_or_plan_of_that_name_is_refused(office: Workspace) -> None:
    for words in (("draw", "2026-11", "--nonce", "notary=kept"), ("commit", "2026-11"),
                  ("make", str(office.root / "plans" / "2026-11.yaml"))):  # fmt: skip
        assert "was drawn" in refused(office, *words).en


def test_a_table_of_the_office_that_was_changed_is_refused(office: Workspace) -> None:
    path = office.data / "plans" / "yunnan" / "2026-11" / "office" / "people.parquet"
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + b" ")
    try:
        for words in (("verify", "2026-11"), ("export", "2026-11"), ("estimate", "2026-11")):
            assert "people.parquet is not the file" in refused(office, *words).en
    finally:
        path.write_bytes(kept)


def test_what_is_wrong_is_said(office: Workspace) -> None:
    assert "There is no plan '2026-12'" in refused(office, "commit", "2026-12").en
    assert "should be NAME=NUMBER" in refused(office, "draw", "2026-11", "--nonce", "notary").en


def test_a_witness_keeps_a_number() -> None:
    ran = CliRunner().invoke(app, ["plan", "nonce"])
    number, digest = (line.split()[-1] for line in ran.stdout.strip().splitlines())
    assert nonce_hash(number) == digest
