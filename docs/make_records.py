"""Write docs/records.md from the shipped record tables: ``python docs/make_records.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from riskml.records.tables import DIMENSIONS, SQL_TYPES, TABLES, Column, Label, Table

KINDS = {
    "event": Label("事件：发生在某日", "an event: it happened on a day"),
    "state": Label("状态：自某日起，可能已终止", "a state: it began, and may have ended"),
    "version": Label("版本：自某日起至下一版本", "a version: true from a day on until the next"),
}

HEAD = """\
# 记录表 Record tables

由 `python docs/make_records.py` 从 `src/riskml/records/shipped_tables/*.yaml` 生成，不要手改。 *Generated; do not edit.*

单位可以在工作区里自加字段和表，不用改程序，见 [analysts.md](analysts.md)。 *A workspace may add columns and tables of its own.*

导入后的每一行都符合这里的字段、类型和代码；不符合的行进隔离区。金额单位为万元，比例为 0 至 1 之间的小数。
各表共有 `record_id`、`known_date`（监管部门知悉之日，来源没有时取记录自身的日期）、`authority`、`source`，状态表另有
`end_date` 和 `end_known_date`。标 † 的字段说明由谁检查、由谁作出，绝不作指标；标 ‡ 的日期可以晚于接收日（事先定下的到期日）。
终止日期晚于接收日的，存为 `planned_end_date`；写“长期”“9999-12-31”“-”等的是没有终止。

一条记录由来源、主体和 `record_id` 认定：两个来源用同一编号，或一份决定书有两个当事人，是两条记录。`arrival` 由导入填写：到达的次序
（先按批次，再按文件，再按行）。几条记录日期相同时，以知悉较晚的为新；知悉日也相同的，以较晚到达的为新；与编号的写法无关。

*Every stored row has these columns, types and codes; a row that has not goes to quarantine. Amounts are in 10,000 yuan, shares lie
between 0 and 1. † says who looked and is never an indicator; ‡ may lie in the future. A record is known by its source, the one it is about
and its `record_id`: the same id in two sources, or for two parties of one decision, is two records. `arrival` is filled by the loading: the
order in which rows arrived, by load, file and row. Of records of one date the one known later is the newer, and of those the one that
arrived later; how a source numbers its records decides nothing.*
"""


def records_page() -> str:
    """The whole page, ending in one newline."""
    return "\n".join([HEAD, *_sections()]).rstrip("\n") + "\n"


def _sections() -> Iterator[str]:
    for dimension, label in {**DIMENSIONS, "any": Label("各维度共用", "Across dimensions")}.items():
        yield f"## {label.zh} {label.en}\n"
        for table in TABLES.values():
            if table.dimension == dimension:
                yield _table(table)


def _table(table: Table) -> str:
    kind = KINDS[table.kind]
    rows = "\n".join(_row(column) for column in table.columns)
    return (
        f"### `{table.name}` {table.label.zh} {table.label.en}\n\n{kind.zh}。 *{kind.en.capitalize()}.*\n\n"
        f"| 字段 column | 名称 label | 类型 type | 必填 required | 代码 codes |\n|---|---|---|---|---|\n{rows}\n"
    )


def _row(column: Column) -> str:
    marks = ("†" if column.identity else "") + ("‡" if column.planned else "")
    codes = "<br>".join(f"`{code}` {label.zh} *{label.en}*" for code, label in (column.codes or {}).items())
    name = f"`{column.name}`{' ' + marks if marks else ''}"
    return f"| {name} | {column.label.zh} {column.label.en} | {SQL_TYPES[column.type]} | {'是' if column.required else ''} | {codes} |"


if __name__ == "__main__":
    (Path(__file__).parent / "records.md").write_text(records_page(), encoding="utf-8")
