"""The lists of who moved, and who is told of it."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import DIVISIONS, INJECTED, T, code

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.publication.csv_export import SIMULATED
from riskml.publication.labels import Words
from riskml.publication.migrate import migrate
from riskml.publication.movements import Moved, Movements, find_movements, write_movements
from riskml.publication.notifications import UNKNOWN, write_notifications
from riskml.runs.published import PublishedRun, published_run


@pytest.fixture(scope="module")
def movements(workspace: Workspace, runs: tuple[PublishedRun, ...]) -> Movements:
    return find_movements(workspace, *runs[1:])


@pytest.fixture(scope="module")
def moved(movements: Movements) -> dict[str, Moved]:
    return {one.enterprise_id: one for one in movements.moved}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("in_chinese")
def test_who_moved_and_why(moved: dict[str, Moved]) -> None:
    listed, fined, repaired = (moved[code(number)] for number in (12, 3, 13))
    assert (listed.kind, listed.newly_riskiest, listed.decided_after, listed.grade_before) == (
        "downgraded",
        True,
        "blacklisted",
        "A",
    )
    assert listed.changes == ()  # its score stood still: the listing alone made it a D
    assert (fined.kind, fined.newly_riskiest, fined.decided_after) == ("downgraded", True, "band")
    assert fined.changes[0].points > 0
    assert (repaired.kind, repaired.decided_before, repaired.decided_after) == ("upgraded", "blacklisted", "band")
    assert moved[code(60)].kind == "new"
    assert (moved[code(5)].kind, moved[code(5)].name, moved[code(5)].score_after) == ("left", "云南测试5有限公司", None)


def test_rows_and_columns_of_the_matrix_sum_to_the_manifests(movements: Movements) -> None:
    counts = movements.matrix.counts
    assert [sum(row) for row in counts[:-1]] == list(movements.before.manifest.grades.values())
    assert [sum(column) for column in list(zip(*counts, strict=True))[:-1]] == list(
        movements.after.manifest.grades.values()
    )


def test_the_lists_are_as_long_as_the_matrix_says(movements: Movements) -> None:
    counts = movements.matrix.counts
    assert movements.counts["downgraded"] == sum(
        counts[row][column] for row in range(4) for column in range(row + 1, 4)
    )
    assert movements.counts["upgraded"] == sum(counts[row][column] for row in range(4) for column in range(row))
    assert movements.counts["newly_riskiest"] == sum(counts[row][3] for row in (0, 1, 2, 4)) == 2
    assert [one.newly_riskiest for one in movements.moved] == sorted(
        (one.newly_riskiest for one in movements.moved), reverse=True
    )


def test_nobody_moved_between_a_run_and_itself(workspace: Workspace, runs: tuple[PublishedRun, ...]) -> None:
    itself = find_movements(workspace, runs[2], runs[2])
    assert itself.moved == ()
    counts = itself.matrix.counts
    assert [counts[place][place] for place in range(4)] == list(runs[2].manifest.grades.values())
    assert sum(map(sum, counts)) == runs[2].manifest.enterprises


@pytest.mark.usefixtures("in_chinese")
def test_files_say_the_same_as_the_runs(workspace: Workspace, runs: tuple[PublishedRun, ...]) -> None:
    published = {path: path.read_bytes() for run in runs for path in run.folder.rglob("*") if path.is_file()}
    found = migrate(workspace, "yunnan", T, None, lambda *_: None)
    assert {path: path.read_bytes() for path in published} == published  # a published run does not change
    assert found.folder == workspace.runs / "yunnan" / "migration" / "2026-09-30_2026-10-31"
    rows = read(found.folder / "migration.csv")
    assert len(rows) == len(found.movements.moved)
    content = json.loads((found.folder / "migration.json").read_text(encoding="utf-8"))
    assert content["matrix"]["counts"] == [list(row) for row in found.movements.matrix.counts]
    assert [one["enterprise_id"] for one in content["enterprises"]] == [
        row["统一社会信用代码"].rstrip("\t") for row in rows
    ]
    matrix = read(found.folder / "matrix.csv")
    assert sum(int(value) for row in matrix for value in list(row.values())[1:-1]) == 61  # everyone of both runs, once


@pytest.mark.usefixtures("in_chinese")
def test_art6_each_division_is_told_of_its_own(workspace: Workspace) -> None:
    found = migrate(workspace, "yunnan", T, None, lambda *_: None)
    folder = found.folder / "notifications"
    index = read(folder / "index.csv")
    assert found.divisions == len(index)
    told = {}
    for row in index:
        division = row["登记地行政区划代码"]
        content = json.loads((folder / f"{division}.json").read_text(encoding="utf-8"))
        assert len(content["enterprises"]) == int(row["等级下降企业数"]) == len(read(folder / f"{division}.csv"))
        assert "不向社会公开" in content["notice"]["zh"]
        assert [one["article"]["number"] for one in content["basis"]] == ["17"]
        assert "云南" in content["subject"]["zh"]
        assert "官渡区办法" not in (folder / f"{division}.json").read_text(encoding="utf-8")
        for one in content["enterprises"]:
            assert one["division"] == division in DIVISIONS
            told[one["enterprise_id"]] = one
    assert set(told) == {one.enterprise_id for one in found.movements.moved if one.kind == "downgraded"}
    assert "应主动实施现场检查" in told[code(12)]["measures"]
    assert told[code(12)]["decided_after"] == "当前被列入“黑名单”（第十五条第（一）项）"


@pytest.mark.usefixtures("in_chinese")
def test_art5_every_list_carries_the_scheme_s_notice(workspace: Workspace) -> None:
    folder = migrate(workspace, "yunnan", T, None, lambda *_: None).folder
    lists = sorted(folder.rglob("*.csv"))
    assert {"matrix.csv", "migration.csv", "index.csv", f"{DIVISIONS[0]}.csv"} <= {path.name for path in lists}
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file))
        assert head[-1].startswith("须知：")
        assert "不作为对企业的信用评价，不向社会公开" in head[-1]
        assert "第五条" in head[-1]
        assert "2024-06-30" in head[-1]  # the Measures ran out: that is said too
    assert "第五条" in json.loads((folder / "migration.json").read_text(encoding="utf-8"))["notice"]["zh"]


@pytest.mark.usefixtures("in_chinese")
def test_a_scheme_without_such_an_article_has_none_cited(tmp_path: Path, movements: Movements, words: Words) -> None:
    bare = replace(words, scheme=words.scheme.model_copy(update={"documents": ()}))
    write_notifications(tmp_path / "notifications", movements, bare)
    for path in (tmp_path / "notifications").glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        assert content["basis"] == []
        assert "条" not in content["subject"]["zh"]


def test_a_division_that_is_no_code_names_no_file(
    tmp_path: Path, movements: Movements, moved: dict[str, Moved], words: Words
) -> None:
    odd = replace(
        movements, moved=(replace(moved[code(12)], division="../../x"), replace(moved[code(3)], division=None))
    )
    assert write_notifications(tmp_path / "notifications", odd, words) == 1
    assert {path.name for path in tmp_path.rglob("*")} == {
        "notifications",
        "index.csv",
        f"{UNKNOWN}.csv",
        f"{UNKNOWN}.json",
    }


def test_lists_from_simulated_records_say_so(tmp_path: Path, movements: Movements, words: Words) -> None:
    after = PublishedRun(movements.after.folder, movements.after.manifest.model_copy(update={"simulated": True}))
    write_movements(tmp_path, replace(movements, after=after), words)
    for name in ("migration.csv", "matrix.csv"):
        assert SIMULATED.en in (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()[0]


@pytest.mark.usefixtures("in_chinese")
def test_an_injected_name_is_only_a_name(
    tmp_path: Path, movements: Movements, moved: dict[str, Moved], words: Words
) -> None:
    write_movements(tmp_path, replace(movements, moved=(replace(moved[code(12)], name=INJECTED),)), words)
    (row,) = read(tmp_path / "migration.csv")
    assert row["企业名称"] == f"'{INJECTED}"


def test_a_damaged_run_is_named(workspace: Workspace, runs: tuple[PublishedRun, ...], tmp_path: Path) -> None:
    copy = tmp_path / "2026-09-30"
    shutil.copytree(runs[1].folder, copy)
    part = copy / "grades" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(RunError, match=r"part-00000\.parquet"):
        find_movements(workspace, PublishedRun(copy, runs[1].manifest), runs[2])


def test_an_unpublished_date_lists_those_there_are(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="2026-08-31, 2026-09-30, 2026-10-31"):
        published_run(workspace, "yunnan", T.replace(year=2025))


def test_the_first_run_has_nothing_to_compare_with(workspace: Workspace, runs: tuple[PublishedRun, ...]) -> None:
    with pytest.raises(ConfigurationError, match="earlier date"):
        migrate(workspace, "yunnan", runs[0].as_of, None, lambda *_: None)


def test_from_must_lie_before(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="should lie before"):
        migrate(workspace, "yunnan", T, T, lambda *_: None)
