"""What the SQL of a source may do: read its own extracts, with the functions named here. Everything else is refused
before anything is opened.

The statement is taken apart by the engine that would run it, so that nothing can mean one thing here and another there.
A source folder may come from elsewhere: its SQL can reach no file, no setting, no variable, no table of the load
itself, and gives the same rows whenever it runs.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import duckdb

from riskml.core.validation import Words
from riskml.engines.duckdb import confine

RESERVED = frozenset(
    """
    arrived differing later listed malformed mapped matched normalised offered quarantine staged suspect twice typed
    unlisted unmet
    """.split()  # noqa: SIM905
)
"""Names of tables that a load keeps for itself: no extract may be called so."""

_FUNCTIONS = frozenset(
    """
    array_extract array_slice ascii bit_length char_length character_length chr concat concat_ws contains decode encode
    ends_with hash hex ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left length levenshtein
    like_escape lower lpad ltrim md5 nfc_normalize not_ilike_escape not_like_escape octet_length ord overlay position
    prefix regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
    regexp_split_to_array replace reverse right rpad rtrim sha1 sha256 split split_part starts_with str_split
    str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr substring suffix
    translate trim ucase unicode upper
    age date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth
    dayofweek dayofyear days_in_month epoch epoch_ms epoch_us hour isodow isoyear last_day make_date make_time
    make_timestamp minute month monthname quarter second strftime strptime timezone to_days to_hours to_minutes
    to_months to_quarters to_seconds to_timestamp to_weeks to_years try_strptime week weekday weekofyear year yearweek
    abs add cbrt ceil ceiling coalesce divide even exp fdiv floor fmod greatest if ifnull isfinite isinf isnan least ln
    log log10 log2 mod multiply nullif pow power round sign sqrt subtract trunc typeof
    array_contains array_distinct array_has array_length array_position array_sort array_to_string array_value
    cardinality element_at flatten from_json json json_array_length json_exists json_extract json_extract_path
    json_extract_path_text json_extract_string json_keys json_type json_valid json_value len list_apply list_concat
    list_contains list_distinct list_element list_extract list_filter list_has list_max list_min list_pack list_position
    list_reverse list_slice list_sort list_sum list_transform list_unique list_value list_zip map map_entries
    map_extract map_from_entries map_keys map_values row struct_extract struct_insert struct_pack to_json unnest
    any_value arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg avg bit_and bit_or bit_xor
    bool_and bool_or count count_if count_star cume_dist dense_rank first first_value group_concat lag last last_value
    lead list listagg max max_by mean median min min_by mode nth_value ntile percent_rank product quantile_cont
    quantile_disc rank rank_dense row_number stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
    """.split()  # noqa: SIM905
)
"""Of text, dates, numbers and values, lists with structs and JSON, aggregates and windows."""

WIDEST = 1000
"""Characters to which a text may be filled up: the engine's bound of memory does not hold for one that a function makes
at once, and `riskml.records.mapping_limits` would stop the whole table.
"""

_FILLING = frozenset({"lpad", "rpad"})

_EXPRESSIONS = frozenset(
    [
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "OPERATOR",
        "STAR",
        "SUBQUERY",
        "TYPE",
        "WINDOW",
    ]
)
_TABLES = frozenset({"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "SUBQUERY", "TABLE_FUNCTION"})
_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_MOMENTS = frozenset(
    [
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "current_role",
        "current_catalog",
        "current_database",
        "current_schema",
    ]
)
"""Columns that no extract has mean the session's own."""

_NOT_WALKED = frozenset({"literal", "value_info", "cast_type"})


def mapping_fault(sql: str, views: frozenset[str]) -> Words | None:
    r"""What a mapping does that it may not, with its line; None where it keeps to the extracts in `views` (their
    names).

    >>> mapping_fault("SELECT upper(a) FROM v", frozenset({"v"}))
    >>> mapping_fault("SELECT a FROM v,\n LATERAL read_text('/etc/passwd')", frozenset({"v"}))[1]
    'line 2: read_text() is no function that the SQL of a source may use'
    """
    ((text,),) = _engine().cursor().execute("SELECT json_serialize_sql(CAST(? AS VARCHAR))", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        said = tree["error_message"].splitlines()[0]
        return f"引擎读不懂：{said}", f"the engine cannot read it: {said}"
    if len(tree["statements"]) != 1:
        return "必须只含一条 SELECT", "it must hold exactly one SELECT"
    return _Walk(sql).fault(tree["statements"][0]["node"], frozenset(view.lower() for view in views))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine that only takes statements apart; each caller has a cursor of its own, since several may ask at
    once.
    """
    engine = duckdb.connect(":memory:")
    confine(engine, [])
    return engine


def _is_narrow(node: dict[str, Any]) -> bool:
    """Whether the second argument of a function is a constant that is at most `WIDEST`; the engine's versions write
    arguments differently.
    """
    arguments = node.get("children") or [one["expression"] for one in node.get("arguments", ())]
    width = arguments[1] if len(arguments) > 1 else {}
    text = str(width.get("literal", {}).get("text", "") or width.get("value", {}).get("value", ""))
    return text.isdecimal() and int(text) <= WIDEST


class _Walk:
    """The first fault below a node of the engine's tree."""

    def __init__(self, sql: str) -> None:
        self.sql = sql.encode()

    def fault(self, node: Any, tables: frozenset[str]) -> Words | None:
        if isinstance(node, list):
            return next((fault for one in node if (fault := self.fault(one, tables))), None)
        if not isinstance(node, dict):
            return None
        own = self._own_fault(node, tables)
        if own:
            return own
        # A name given by WITH is known to the later ones and to the statement itself, not to what is around it.
        for entry in (node.get("cte_map") or {}).get("map", ()):
            fault = self.fault(entry["value"], tables)
            if fault:
                return fault
            tables |= {entry["key"].lower()}
        for name, value in node.items():
            fault = None if name in _NOT_WALKED or name == "cte_map" else self.fault(value, tables)
            if fault:
                return fault
        return None

    def _own_fault(self, node: dict[str, Any], tables: frozenset[str]) -> Words | None:
        kind = node.get("type")
        if node.get("sample"):
            return self._told(node, "TABLESAMPLE")
        if "class" in node:
            return self._expression_fault(node)
        if not isinstance(kind, str) or kind.endswith("_MODIFIER") or "null_order" in node:
            return None
        if kind.endswith("_NODE"):
            return None if kind in _QUERIES else self._told(node, kind.removesuffix("_NODE").replace("_CTE", ""))
        if kind == "BASE_TABLE":
            name = ".".join(part for part in (node["catalog_name"], node["schema_name"], node["table_name"]) if part)
            if name.lower() not in tables or node.get("at_clause"):
                zh, en = self._line(node)
                return (
                    f"{zh}{name!r} 不是 source.yaml 的 files 中的文件",
                    f"{en}{name!r} is none of the files that source.yaml declares",
                )
        elif kind == "TABLE_FUNCTION" and node["function"].get("function_name", "").lower() != "unnest":
            return self._function(node, node["function"]["function_name"])
        return None if kind in _TABLES else self._told(node, kind.replace("_", " "))

    def _expression_fault(self, node: dict[str, Any]) -> Words | None:
        kind = node["class"]
        if kind not in _EXPRESSIONS:
            return self._told(node, kind.replace("_", " "))
        if kind in {"FUNCTION", "WINDOW"}:
            name = node["function_name"].lower()
            operator = not any(mark.isalnum() or mark == "_" for mark in name)
            built_in = node.get("catalog", "") in {"", "system"} and node.get("schema", "") in {
                "",
                "main",
                "pg_catalog",
            }
            if not built_in or (name not in _FUNCTIONS and not operator):
                return self._function(node, name)
            if name in _FILLING and not _is_narrow(node):
                zh, en = self._line(node)
                return (
                    f"{zh}{name}() 的宽度应写成不大于 {WIDEST} 的数",
                    f"{en}the width of {name}() is to be written as a number of at most {WIDEST}",
                )
        elif kind == "STAR" and (node.get("columns") or node.get("expr")):
            return self._told(node, "COLUMNS()")
        elif kind == "COLUMN_REF" and len(node["column_names"]) == 1 and node["column_names"][0].lower() in _MOMENTS:
            return self._told(node, node["column_names"][0])
        return None

    def _function(self, node: dict[str, Any], name: str) -> Words:
        zh, en = self._line(node)
        return f"{zh}来源的 SQL 不能用函数 {name}()", f"{en}{name}() is no function that the SQL of a source may use"

    def _told(self, node: dict[str, Any], what: str) -> Words:
        zh, en = self._line(node)
        return f"{zh}来源的 SQL 不能用 {what}", f"{en}the SQL of a source may not use {what}"

    def _line(self, node: dict[str, Any]) -> Words:
        place = node.get("query_location", len(self.sql))
        if place >= len(self.sql):
            return "", ""  # the engine does not say where
        line = self.sql[:place].count(b"\n") + 1
        return f"第 {line} 行：", f"line {line}: "
