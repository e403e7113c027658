"""DuckDB's figures on Spark: every indicator, and whole published runs, on one process and on two separate workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import riskml
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.engines import duckdb
from riskml.engines.spark import SparkEngine
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.province_matrix import ENTITY_DATES, common_statements, matrix_sql, registered_sql, rows_statements
from riskml.features.specs import load_system
from riskml.lab.simulation import simulate
from riskml.lifecycle.retrain import retrain
from riskml.records.effect_periods import load_effect_periods
from riskml.records.ingest import ingest
from riskml.records.resolved import RESOLVED, empty_resolved
from riskml.records.sources import load_source
from riskml.records.store import open_store
from riskml.records.stored_columns import empty_relation
from riskml.records.tables import TABLES
from riskml.runs.score import score
from riskml.runs.spark.score import score_on_spark

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed (make spark-test installs it)")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java (make spark-test installs it)"),
    pytest.mark.filterwarnings("ignore"),
]

T = date(2026, 10, 31)
SOURCE = Path(riskml.__file__).parents[1]
KEYS = {"grades": ["enterprise_id"], "contributions": ["enterprise_id"], "indicators": ["enterprise_id"],
    "rules": ["enterprise_id", "rule"],
        "reasons": ["enterprise_id", "up", "rank"]}  # fmt: skip

QUICK = (
    "--driver-memory 2g --conf spark.ui.enabled=false --conf spark.driver.bindAddress=127.0.0.1 --conf "
    "spark.driver.host=127.0.0.1 "
    "--conf spark.sql.shuffle.partitions=2 --conf spark.sql.adaptive.enabled=false --conf "
    "spark.sql.codegen.wholeStage=false "
    "--conf spark.sql.codegen.factoryMode=NO_CODEGEN "
    "--conf 'spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m' "
    "--conf spark.sql.constraintPropagation.enabled=false --conf spark.sql.planChangeValidation=false "
    "--conf spark.sql.lightweightPlanChangeValidation=false --conf spark.driver.maxResultSize=1m pyspark-shell"
)
"""To plan and compile some hundred statements takes nearly all of the time where there are few rows. With one tier of
compilation Java keeps 48 MiB for compiled code, which they fill.

A job whose results are larger than 1 MiB fails: the contributions of the province here are more, so that no table of
enterprises comes to the driver unseen.
"""


CATEGORY = """
dimension: basic
label: {zh: 企业基础属性信息, en: Basic attributes}
groups:
  - id: kinds
    label: {zh: 类型, en: Type}
    indicators:
      - {id: kind_of_enterprise, label: {zh: 企业类型, en: Type}, from: enterprise, measure: category, value: kind,
         shrink: 20,
         direction: increasing, basis: test}
"""


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("省份 province") / "workspace")
    simulate(3200, 3, 48, T, made.data / "simulated", made.data / "truth")
    ingest(made, load_source(made.sources / "simulated"), made.data / "simulated", date(2026, 11, 1), silent)
    (made.features / "overlays" / "kinds").mkdir()
    (made.features / "overlays" / "kinds" / "basic.yaml").write_text(CATEGORY, encoding="utf-8")
    retrain(made, "yunnan", T, silent)
    score(made, "yunnan", T, silent)
    return made


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SparkEngine]:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[2] {QUICK}")
    engine = SparkEngine.connect(f"file://{tmp_path}/work")
    yield engine
    engine.session.stop()


def test_every_indicator_at_every_date_is_duckdbs(workspace: Workspace, engine: SparkEngine) -> None:
    days = (T, date(2026, 3, 15), date(2024, 2, 29))
    overlays = (path for path in sorted((workspace.features / "overlays").iterdir()) if path.is_dir())
    system = load_system(workspace.features, *overlays)
    periods = load_effect_periods(workspace.features / "effect_periods.yaml")
    store = open_store(workspace.records)
    everyone = "\nUNION ALL ".join(registered_sql(day, periods) for day in days)

    builder = MatrixBuilder(duckdb.connect(workspace.spill), store, system, periods)
    store.open_views(builder.connection)
    builder.pairs(builder.connection.sql(everyone).to_arrow_table().to_pandas())
    expected = read_matrix(builder, silent).set_index(["enterprise_id", "as_of"]).sort_index()

    for table in TABLES.values():
        engine.open_parquet(table.name, [f"file://{path}" for path in store.paths(table.name)], empty_relation(table))
    for name in RESOLVED:
        engine.open_parquet(name, [f"file://{store.folder / store.resolved[name]}"], empty_resolved(name))
    engine.keep(ENTITY_DATES, everyone)
    for name, sql in common_statements(periods).items():
        engine.keep(name, sql)
    rows = rows_statements(system, periods, store.tables)
    assert list(engine.each(lambda name: engine.keep(name, rows[name]), rows))[-1] == len(rows)
    engine.keep("matrix", matrix_sql(system, store.tables))
    found = pq.read_table(f"{engine.work.removeprefix('file://')}/matrix").to_pandas()
    found = found.set_index(["enterprise_id", "as_of"]).sort_index()

    assert len(expected) > 5000
    assert found.index.equals(expected.index)
    assert list(found) == list(expected) == [column.name for column in system.columns]
    different = [
        name for name in found
        if not np.allclose(found[name].to_numpy(float), expected[name].to_numpy(float), rtol=1e-12, atol=1e-12,
        equal_nan=True)
    ]  # fmt: skip
    assert different == []
    assert sum(expected[name].nunique() > 1 for name in expected) > 100  # the province is not empty


@pytest.mark.parametrize("master", ["local[2]", "local-cluster[2,1,2048]"])
def test_a_published_run_is_duckdbs(workspace: Workspace, tmp_path: Path, master: str) -> None:
    command = [
        sys.executable,
        "-m",
        "riskml.cli",
        "--workspace",
        str(workspace.root),
        "score",
        "--as-of",
        T.isoformat(),
        "--engine",
        "spark",
    ]
    # Workers have a working folder of their own: a relative path to the code would not find it there.
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYSPARK_SUBMIT_ARGS": f"--master {master} {QUICK}"}
    ended = subprocess.run(
        [*command, "--to", f"file://{tmp_path}/发布 runs"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = tmp_path / "发布 runs" / "yunnan" / T.isoformat()
    assert [path.name for path in found.parent.iterdir()] == [T.isoformat()]  # no draft, nothing kept on the way
    assert_same(found, workspace.runs / "yunnan" / T.isoformat())


@pytest.mark.parametrize("scheme", ["guandu", "langfang"])
def test_points_and_counts_are_duckdbs(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[2] {QUICK}")
    expected = score(workspace, scheme, T, silent)
    found = score_on_spark(workspace, scheme, T, None, f"file://{tmp_path}/runs", silent)
    assert found.grades == expected.grades
    assert sum(count > 0 for count in found.grades.values()) > 1
    assert_same(tmp_path / "runs" / scheme / T.isoformat(), Path(expected.folder))


def assert_same(one_folder: Path, other_folder: Path) -> None:
    """That two runs published the same rows."""
    for table, keys in KEYS.items():
        one, other = published(one_folder / table, keys), published(other_folder / table, keys)
        assert len(other) > 0
        assert list(one) == list(other)
        for name in other:
            if other[name].dtype == np.float64:
                np.testing.assert_allclose(one[name], other[name], rtol=1e-12, atol=1e-12, err_msg=f"{table}.{name}")
            else:
                assert [plain(value) for value in one[name]] == [plain(value) for value in other[name]], (
                    f"{table}.{name}"
                )


def published(folder: Path, keys: list[str]) -> pd.DataFrame:
    table = pa.concat_tables(
        [pq.read_table(path) for path in sorted(folder.glob("*.parquet"))], promote_options="permissive"
    )
    frame = table.to_pandas()
    if "points" in frame:
        frame["up"] = frame["points"] > 0
        frame["indicator"] = frame["indicator"].astype(str)
    return frame.sort_values(keys, ignore_index=True)


def plain(value: object) -> object:
    return list(value) if isinstance(value, np.ndarray) else value
