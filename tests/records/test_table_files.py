"""Record tables as YAML: the shipped ones, what a workspace adds to them, and what is refused with file and line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from handmade import RECEIVED, Province

from riskml.core import yaml_text
from riskml.core.context_pool import ContextPool
from riskml.core.errors import ConfigurationError
from riskml.core.validation import validated
from riskml.features.specs import parse_system
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.records.table_checks import OWN
from riskml.records.table_files import shipped_tables, tables_in
from riskml.records.table_specs import TableSpec
from riskml.records.tables import DIMENSIONS, TABLES, tables_in_use, using
from riskml.relations.schema import relation_schema

ENTERPRISE = {"record_id": "E1", "enterprise_id": "甲", "valid_from": "2020-01-01", "name": "甲",
    "established_date": "2020-01-01",
              "status": "active"}  # fmt: skip
PENALTY = {
    "record_id": "P1",
    "enterprise_id": "甲",
    "event_date": "2026-01-05",
    "severity": "moderate",
    "kind": "fine",
    "fine": "2",
}

RIVER = """\
table: penalty
columns:
  - id: local_river
    label: {zh: 所在河段, en: river reach}
    type: text
    codes:
      upper: {zh: 上游, en: upper}
      lower: {zh: 下游, en: lower}
      other: {zh: 其他, en: other}
  - id: local_outflow
    label: {zh: 排放量, en: outflow}
    type: amount
    maximum: 500
"""
VISIT = """\
table: local_visit
label: {zh: 走访, en: Visits by street staff}
dimension: social
kind: event
columns:
  - id: local_mood
    label: {zh: 反映, en: mood}
    type: text
    required: true
    codes: {good: {zh: 好, en: good}, bad: {zh: 差, en: bad}}
  - id: local_next
    label: {zh: 下次走访, en: next visit}
    type: date
    planned: true
    not_before: event_date
"""


def write(root: Path, text: str, name: str = "penalty", *, overlay: str | None = None) -> Path:
    folder = root / "features" / (f"overlays/{overlay}/tables" if overlay else "tables")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def receive(province: Province, rows: dict[str, list[dict[str, Any]]]) -> Any:
    with using(tables_in(province.workspace.features)):
        return province.receive(rows)


def stored(province: Province, columns: str, table: str = "penalty") -> list[tuple[Any, ...]]:
    with using(tables_in(province.workspace.features)):
        return province.connection().sql(f"SELECT {columns} FROM {table} ORDER BY record_id").fetchall()


# what is shipped


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_strict_reader_of_yaml_takes_every_shipped_table(name: str) -> None:
    text = resources.files("riskml.records").joinpath(f"shipped_tables/{name}.yaml").read_text("utf-8")
    spec = validated(TableSpec, yaml_text.load(text))
    assert yaml_text.load(text) == yaml_text.load_fast(text)
    assert (spec.table, bool(spec.label and spec.kind)) == (name, True)
    assert spec.dimension in {*DIMENSIONS, "any"}


def test_nothing_shipped_is_called_as_an_office_calls_its_own() -> None:
    names = [*TABLES, *(column for table in TABLES.values() for column in table.column_names)]
    assert not [name for name in names if name.startswith(OWN)]


def test_codes_of_another_column_are_the_same() -> None:
    assert TABLES["penalty"].column("domain").codes == TABLES["licence"].column("domain").codes


# what a workspace adds


def test_a_workspace_without_tables_of_its_own_has_the_shipped_ones(tmp_path: Path) -> None:
    assert tables_in(tmp_path / "features") is shipped_tables()


def test_the_same_files_are_put_together_once(tmp_path: Path) -> None:
    write(tmp_path, RIVER)
    assert tables_in(tmp_path / "features") is tables_in(tmp_path / "features")


def test_tables_and_columns_of_ones_own_hold_where_they_are_in_use_and_in_its_threads(tmp_path: Path) -> None:
    write(tmp_path, RIVER)
    write(tmp_path, VISIT, "local_visit", overlay="kunming")
    with using(tables_in(tmp_path / "features")):
        assert TABLES["penalty"].column("local_river").label.zh == "所在河段"
        assert TABLES["local_visit"].date_column == "event_date"
        assert set(relation_schema("local_visit")) >= {"local_mood", "event_date", "as_of"}
        with ContextPool(1) as pool:
            assert pool.submit(lambda: "local_visit" in TABLES).result()
            assert list(pool.map(lambda name: "local_river" in TABLES[name].column_names, ["penalty"])) == [True]
    assert tables_in_use() is shipped_tables()
    assert "local_river" not in relation_schema("penalty")


def test_an_indicator_of_the_same_yaml_reads_it_and_misspelt_codes_are_refused(tmp_path: Path) -> None:
    write(tmp_path, RIVER)
    text = """
dimension: supervision
label: {zh: 监管信息, en: Supervision}
groups:
  - id: rivers
    label: {zh: 河段, en: Rivers}
    indicators:
      - {id: upper_penalties, label: {zh: 上游处罚, en: Upper}, from: penalty, where: "local_river = 'upper'",
         measure: count,
         direction: increasing, basis: test}
"""
    with using(tables_in(tmp_path / "features")):
        assert parse_system({"x": text}).columns[0].name == "upper_penalties"
        with pytest.raises(ConfigurationError, match="uper"):
            parse_system({"x": text.replace("'upper'", "'uper'")})
    with pytest.raises(ConfigurationError, match="local_river"):
        parse_system({"x": text})


def test_a_column_of_ones_own_is_normalised_checked_and_noted(tmp_path: Path) -> None:
    province = Province(tmp_path)
    write(tmp_path, RIVER)
    report = receive(
        province,
        {
            "enterprise": [ENTERPRISE],
            "penalty": [
                {**PENALTY, "local_river": "upper", "local_outflow": "１，２００元"},
                {**PENALTY, "record_id": "P2", "local_river": "支流", "local_outflow": "501"},
            ],
        },
    )
    assert stored(province, "local_river, CAST(local_outflow AS DOUBLE)") == [("upper", 0.12), ("other", None)]
    assert report.notes == {
        ("penalty", "local_river", "unknown_code"): 1,
        ("penalty", "local_outflow", "out_of_range"): 1,
    }


def test_a_table_of_ones_own_is_loaded(tmp_path: Path) -> None:
    province = Province(tmp_path)
    write(tmp_path, VISIT, "local_visit")
    visit = {
        "record_id": "V1",
        "enterprise_id": "甲",
        "event_date": "2026-03-01",
        "local_mood": "good",
        "local_next": "2027-01-01",
    }
    report = receive(
        province, {"enterprise": [ENTERPRISE], "local_visit": [visit, {**visit, "record_id": "V2", "local_mood": "?"}]}
    )
    assert [(one.table, one.taken, one.refused) for one in report.tables] == [
        ("enterprise", 1, 0),
        ("local_visit", 1, 1),
    ]
    assert stored(province, "record_id, local_mood", "local_visit") == [("V1", "good")]


# a store that was there before


def test_a_column_added_to_a_store_is_null_in_what_was_stored_before(tmp_path: Path) -> None:
    province = Province(tmp_path)
    receive(province, {"enterprise": [ENTERPRISE], "penalty": [PENALTY]})
    before = province.store
    write(tmp_path, RIVER)
    assert stored(province, "record_id, local_river") == [("P1", None)]
    receive(province, {"penalty": [{**PENALTY, "record_id": "P2", "local_river": "lower"}]})
    assert stored(province, "record_id, local_river, local_outflow") == [("P1", None, None), ("P2", "lower", None)]
    with using(tables_in(province.workspace.features)):
        after = province.store
    assert after.digest != before.digest
    assert after.columns["penalty"]["local_river"].since == 2
    assert after.columns["penalty"]["fine"].since == 1


def test_a_record_stored_before_its_column_is_the_same_record_when_it_comes_again_with_it(tmp_path: Path) -> None:
    """What was not asked then stays unknown; what was asked and differs is a conflict still."""
    province = Province(tmp_path)
    receive(province, {"enterprise": [ENTERPRISE], "penalty": [PENALTY]})
    write(tmp_path, RIVER)
    fresh = {**PENALTY, "record_id": "P2", "local_river": "lower"}
    (report,) = receive(province, {"penalty": [{**PENALTY, "local_river": "upper"}, fresh]}).tables
    assert (report.taken, report.repeated, report.refused) == (1, 1, 0)
    (report,) = receive(
        province, {"penalty": [{**PENALTY, "local_river": "lower"}, {**fresh, "local_river": "upper"}]}
    ).tables
    assert (report.taken, report.repeated, report.refused) == (0, 1, 1)
    assert stored(province, "record_id, local_river") == [("P1", None), ("P2", "lower")]


def test_files_written_as_one_keep_what_was_unknown_unknown(tmp_path: Path) -> None:
    province = Province(tmp_path)
    receive(province, {"enterprise": [ENTERPRISE], "penalty": [PENALTY]})
    write(tmp_path, RIVER)
    for number in range(2, 12):
        receive(province, {"penalty": [{**PENALTY, "record_id": f"P{number}", "local_river": "lower"}]})
    assert len(province_files(province)) < 9
    (report,) = receive(province, {"penalty": [{**PENALTY, "local_river": "upper"}]}).tables
    assert (report.repeated, report.refused) == (1, 0)
    rivers = [river for (river,) in stored(province, "local_river")]
    assert (len(rivers), rivers.count(None)) == (11, 1)


def province_files(province: Province) -> list[Path]:
    with using(tables_in(province.workspace.features)):
        return province.store.paths("penalty")


def test_a_list_delivered_whole_ends_what_is_off_it_though_a_column_was_added_since(tmp_path: Path) -> None:
    province = Province(tmp_path)
    listing = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}
    receive(province, {"enterprise": [ENTERPRISE], "abnormal_listing": [listing, {**listing, "record_id": "L2"}]})
    column = "  - {id: local_office, label: {zh: 所, en: office}, type: text}\n"
    write(tmp_path, f"table: abnormal_listing\ncolumns:\n{column}", "abnormal_listing")
    source = province.source({"abnormal_listing": [{**listing, "local_office": "一所"}]})
    path = source.folder / "source.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}delivery: snapshot\n", encoding="utf-8")
    with using(tables_in(province.workspace.features)):
        (report,) = province.load(source).tables
    assert (report.repeated, report.left) == (1, 1)
    shown = stored(province, "record_id, end_date IS NULL, local_office", "abnormal_listing")
    assert shown == [("L1", True, None), ("L2", False, None)]


def test_the_same_delivery_is_loaded_anew_once_the_tables_are_others(tmp_path: Path) -> None:
    province = Province(tmp_path)
    source = province.source({"enterprise": [ENTERPRISE], "penalty": [{**PENALTY, "severity": "weird"}]})
    province.load(source)
    assert (
        ingest(province.workspace, load_source(source.folder), province.inbox, RECEIVED, lambda *_: None).same_as == 1
    )
    write(tmp_path, RIVER)
    with using(tables_in(province.workspace.features)):
        assert province.load(source).same_as is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "local_outflow"),
        (RIVER.replace("type: amount\n    maximum: 500", "type: flag"), "local_outflow.*amount.*flag"),
    ],
)
def test_records_that_the_tables_do_not_describe_any_more_are_refused_by_name(
    tmp_path: Path, text: str | None, said: str
) -> None:
    province = Province(tmp_path)
    path = write(tmp_path, RIVER)
    receive(province, {"enterprise": [ENTERPRISE], "penalty": [{**PENALTY, "local_river": "upper"}]})
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as refused:
        stored(province, "*")
    assert "tables/penalty.yaml" in refused.value.en


# what is refused, with its line


def line(number: int, *said: str) -> str:
    return f"line {number}\\b.*" + ".*".join(said)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (RIVER.replace("local_river", "river"), "penalty", line(3, "local_river")),
        (RIVER.replace("type: amount", "type: decimal"), "penalty", line(12, "type", "'decimal'", "amount")),
        (RIVER.replace("type: amount", "type: number"), "penalty", line(10, "minimum", "both")),
        (RIVER.replace("type: text", "type: date"), "penalty", line(6, "codes", "not date")),
        (RIVER.replace("maximum: 500", "maximun: 500"), "penalty", line(13, "maximum")),
        (RIVER.replace("local_outflow", "local_river"), "penalty", line(10, "already")),
        (RIVER.replace("排放量", "罚款金额"), "penalty", line(11, "罚款金额")),
        (RIVER.replace("    maximum: 500", "    required: true"), "penalty", line(13, "required")),
        (RIVER.replace("type: amount\n    maximum: 500", "type: integer"), "penalty", line(10, "maximum")),
        (RIVER + "label: {zh: 处罚, en: Penalties}\n", "penalty", line(14, "shipped table")),
        (RIVER, "penalties", line(1, "penalties")),
        (VISIT.replace("local_visit", "visit"), "visit", line(1, "local_")),
        (VISIT.replace("dimension: social", "dimension: sozial"), "local_visit", line(3, "sozial", "social")),
        (VISIT.replace("kind: event\n", ""), "local_visit", "kind.*required"),
        (VISIT.replace("not_before: "
                       "event_date", "not_before: event_day"), "local_visit", line(15, "event_day", "event_date")),
        (VISIT.replace("    codes: {", "    "
                                       "codes_of: "
                                       "penalty.severe\n    #: {"), "local_visit",
                                       line(10, "penalty.severe", "penalty.severity")),
        (VISIT + "subject: person_id\n", "local_visit", line(16, "about enterprises")),
        (RIVER.replace("所在河段, en: river reach", "所在河段"), "penalty", line(4, "en", "required")),
        ("table: penalty\ncolumns:\n\t- id: x\n", "penalty", line(3)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, text: str, name: str, said: str) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(ConfigurationError, match=said) as refused:
        tables_in(tmp_path / "features")
    assert str(path) in refused.value.en
    assert str(path) in refused.value.zh


def test_two_files_for_one_table_of_ones_own_are_refused_and_two_that_add_columns_are_not(tmp_path: Path) -> None:
    write(tmp_path, RIVER)
    write(
        tmp_path,
        RIVER.replace("local_", "local_second_").replace("所在河段", "河").replace("排放量", "量"),
        overlay="second",
    )
    assert {"local_river", "local_second_river"} <= set(tables_in(tmp_path / "features")["penalty"].column_names)
    write(tmp_path, VISIT, "local_visit")
    write(tmp_path, VISIT, "local_visit", overlay="second")
    with pytest.raises(ConfigurationError, match="local_visit"):
        tables_in(tmp_path / "features")
