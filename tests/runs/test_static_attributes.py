"""A static attribute and a category that are added by YAML alone: loaded, learnt from, and named in words in a
reason.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import Province

from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.explaining.computed import explain_anew
from riskml.explaining.explanation import Explanation
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.lifecycle.retrain import Training, retrain
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.runs.configured import configured_indicators
from riskml.runs.method_in_use import method_in_use
from riskml.schemes.policy import load_policy
from riskml.training.bundle import ModelBundle

T = date(2026, 10, 31)
FIRMS = 240

SOURCE = """
source: register
label: {zh: 登记和年报, en: Register and annual reports}
identifier: free
files: {reports: reports.parquet}
attributes:
  - file: reports
    enterprise: 企业
    date: 报送日期
    columns:
      sub_type: {column: 小类, type: text, label: {zh: 企业小类, en: sub-type}}
      patents: {column: 专利数, type: number, label: {zh: 专利数, en: patents}}
"""

OVERLAY = """
dimension: basic
label: {zh: 企业基础属性信息, en: Basic attributes}
groups:
  - id: register_attributes
    label: {zh: 登记和年报, en: Register and annual reports}
    indicators:
      - {id: sub_type, label: {zh: 企业小类, en: Sub-type}, from: attribute, where: "name = 'sub_type'",
         measure: category, value: value,
         shrink: 20, direction: increasing, basis: 企业信息公示暂行条例 Art. 9}
      - {id: patents, label: {zh: 专利数, en: Patents}, unit: {zh: 件, en: patents}, from: attribute,
         where: "name = 'patents'", measure: latest,
         value: number, direction: none, basis: 企业信息公示暂行条例 Art. 9}
"""

RISK = {"洗浴服务": 0.75, "文具零售": 0.1, "软件开发": 0.3}


def written(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def make_workspace(root: Path) -> Workspace:
    """240 enterprises of three sub-types, visited at random about four times each: the sub-type decides what is found,
    and patents halve it.
    """
    workspace = create_workspace(root)
    draw = np.random.default_rng(3)
    kinds = [list(RISK)[number % 3] for number in range(FIRMS)]
    patents = draw.integers(0, 2, FIRMS) * 12
    visits: list[dict[str, Any]] = []
    for number in range(1000):
        who = int(draw.integers(FIRMS))
        found = draw.random() < RISK[kinds[who]] * (0.4 if patents[who] else 1.0)
        day = date(2023, 11, 1) + timedelta(days=int(draw.integers(1090)))
        visits.append({
            "record_id": f"I{number}", "enterprise_id": f"E{who:03}", "event_date": day, "kind": "random",
            "result": "problem" if found else "no_problem",
        })  # fmt: skip
    enterprises = [
        {
            "record_id": f"R{number}",
            "enterprise_id": f"E{number:03}",
            "valid_from": "2020-01-01",
            "name": f"企业{number}",
            "status": "active",
        }
        for number in range(FIRMS)
    ]
    Province(root).receive({"enterprise": enterprises, "inspection": visits})
    written(workspace.sources / "register", "source.yaml", SOURCE)
    reports = {
        "企业": [f"E{number:03}" for number in range(FIRMS)], "报送日期": ["2023-06-30"] * FIRMS, "小类": kinds,
        "专利数": [f"{count}件" for count in patents],
    }  # fmt: skip
    pq.write_table(
        pa.table({name: pa.array(values, pa.string()) for name, values in reports.items()}), root / "reports.parquet"
    )
    ingest(workspace, load_source(workspace.sources / "register"), root, T, lambda *_: None)
    written(workspace.features / "overlays" / "register", "basic.yaml", OVERLAY)
    training = workspace.model("yunnan") / "training.yaml"
    text = training.read_text(encoding="utf-8")
    text = text.replace(
        "scheme: yunnan\n",
        "scheme: yunnan\noverlays: [register]\nindicators: [sub_type, patents, inspection_problem_count_1095d]\n",
        1,
    )
    text = text.replace("past_penalties: penalty_count_1095d", "past_penalties: inspection_problem_count_1095d")
    text = text.replace("selection: with_uninspected", "selection: as_inspected").replace(
        "min_child_samples: 60", "min_child_samples: 20"
    )
    text = (
        text[: text.index("\ncandidates:")] + "\n" + text[text.index("past_penalties:") : text.index("# 调参")] + "\n"
    )
    text = (
        text.replace("learn_months: 24", "learn_months: 18")
        .replace("calibrate_months: 12", "calibrate_months: 9")
        .replace("test_months: 12", "test_months: 9")
    )
    training.write_text(text, encoding="utf-8")
    return workspace


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Training]:
    workspace = make_workspace(tmp_path_factory.mktemp("attributes") / "workspace")
    return workspace, retrain(workspace, "yunnan", T, lambda *_: None)


def explained(trained: tuple[Workspace, Training], enterprise: str) -> Explanation:
    workspace, training = trained
    builder: MatrixBuilder = training.data.builder
    builder.store.open_views(builder.connection)
    builder.pairs(pd.DataFrame({"enterprise_id": [enterprise], "as_of": [T]}))
    row = read_matrix(builder, lambda *_: None).iloc[0]
    builder.store.open_views(builder.connection)
    policy = load_policy(workspace, "yunnan")
    return explain_anew(
        method_in_use(workspace, policy), policy, builder.connection, row, received=builder.store.tables
    )


def test_each_cell_that_is_filled_is_a_record_known_from_its_day(trained) -> None:
    workspace, training = trained
    connection = training.data.builder.connection
    training.data.builder.store.open_views(connection)
    rows = connection.execute(
        "SELECT name, value, number, event_date FROM attribute WHERE enterprise_id = 'E000' ORDER BY name"
    ).fetchall()
    assert [(name, value, None if count is None else int(count), str(day)) for name, value, count, day in rows] == [
        ("patents", None, rows[0][2], "2023-06-30"), ("sub_type", "洗浴服务", None, "2023-06-30"),
    ]  # fmt: skip
    assert workspace.records.exists()


def test_a_category_is_named_by_its_words_with_what_learning_found_of_it(trained) -> None:
    told = {
        one.indicator: one
        for number in (0, 3, 6)
        for one in (*explained(trained, f"E{number:03}").raised, *explained(trained, f"E{number:03}").lowered)
    }
    sentence = told["sub_type"].sentence
    assert "企业小类：洗浴服务（学习时" in sentence.zh
    assert "倍" in sentence.zh
    assert "Sub-type: 洗浴服务 (in learning" in sentence.en
    assert told["sub_type"].points > 0
    assert told["sub_type"].evidence.count == 1


def test_an_attribute_is_told_with_its_unit(trained) -> None:
    values = {one.name: one.said for one in explained(trained, "E000").indicators}
    assert values["patents"].zh in ("0件", "12件")


def test_the_riskier_sub_type_scores_higher_whatever_its_number_is(trained) -> None:
    workspace, training = trained
    bundle = training.bundle
    words = {text.zh: code for code, text in bundle.words["sub_type"].items()}
    rows = np.array([[words[kind] if name == "sub_type" else 0.0 for name in bundle.columns] for kind in RISK])
    risk = dict(zip(RISK, bundle.risk(bundle.margin(rows)).tolist(), strict=True))
    assert risk["洗浴服务"] > risk["软件开发"] > risk["文具零售"]
    unseen = rows[:1].copy()
    unseen[0, bundle.columns.index("sub_type")] = 12345.0
    assert risk["文具零售"] < float(bundle.risk(bundle.margin(unseen))[0]) < risk["洗浴服务"]
    again = ModelBundle.load(workspace.bundle("yunnan"))
    np.testing.assert_array_equal(again.margin(rows), bundle.margin(rows))
    bundle.check_contributions(rows, bundle.contributions(rows))
    assert np.allclose(bundle.contributions(rows).sum(axis=1), bundle.margin(rows))


def test_an_indicator_of_an_attribute_that_no_source_declares_is_refused(trained) -> None:
    workspace, training = trained
    overlay = workspace.features / "overlays" / "register" / "basic.yaml"
    overlay.write_text(OVERLAY.replace("name = 'patents'", "name = 'patent'"), encoding="utf-8")
    try:
        with pytest.raises(ConfigurationError, match="patents"):  # the near name that is there
            configured_indicators(workspace, training.data.settings)
    finally:
        overlay.write_text(OVERLAY, encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (SOURCE.replace("file: reports", "file: report"), "report"),
        (SOURCE.replace("patents: {column", "sub_type: {column"), "sub_type"),
    ],
)
def test_an_attribute_of_no_file_or_named_twice_is_refused_where_it_is_written(
    tmp_path, wrong: str, named: str
) -> None:
    written(tmp_path / "register", "source.yaml", wrong)
    with pytest.raises(ConfigurationError, match=named):
        load_source(tmp_path / "register")
