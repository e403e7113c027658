"""What cures each thing that a load finds wrong, for whoever maps the source and for whoever delivers it."""

from __future__ import annotations

from riskml.core.language import Label

CURES: dict[str, Label] = {
    "wrong_type": Label(
        "请提供单位按四位年份的日期、纯数字或带单位的金额重新导出；整列如此的，在 SQL 中换算",
        "have it exported again with years of four digits and amounts with their unit; where the whole column is so, "
        "convert it in the SQL",
    ),
    "missing": Label("请提供单位补填后重送", "have the field filled in and sent again"),
    "unknown_code": Label("在该表 SQL 的 CASE 中给出对应的代码", "give its code in a CASE of the table's SQL"),
    "future_date": Label(
        "核对日期；接收日期用 --received 写明", "check the date; name the day received with --received"
    ),
    "bad_uscc": Label(
        "请提供单位核对代码；来源用自有编号的，写 identifier: free",
        "have the code checked; a source with ids of its own says identifier: free",
    ),
    "no_identity": Label("请提供单位给出完整标识", "ask for the whole id"),
    "out_of_range": Label("核对数值、单位（万元）和年份", "check the value, its unit (10,000 yuan) and the year"),
    "out_of_order": Label("核对两个日期", "check both dates"),
    "ends_before_start": Label("核对两个日期", "check both dates"),
    "end_not_told": Label("请提供单位补报终止日期", "ask for the end"),
    "two_planned_ends": Label("核对两个日期", "check both dates"),
    "plan_replaced": Label("有误的，送正确的一条", "if it is wrong, have the right one sent"),
    "duplicate_id": Label(
        "编号要一条一个：在 SQL 中把 record_id 与能区分的字段合起来",
        "each record needs an id of its own: join what tells them apart to record_id in the SQL",
    ),
    "conflict": Label("更正通过 amendment 表报送", "send corrections in the table amendment"),
    "unknown_table": Label("写记录表的名称或中文名", "write the record table's name or Chinese label"),
    "unknown_part": Label("写字段的名称或中文名", "write the column's name or Chinese label"),
    "inseparable_part": Label("撤销或变更整条记录", "revoke or change the whole record"),
    "whole_record": Label("只涉及一部分的用 partly_revoked 或 reduced", "for a part use partly_revoked or reduced"),
    "amends_itself": Label("核对 of_record 和 replaced_by", "check of_record and replaced_by"),
    "unreadable_file": Label(
        "按消息所说重送，或改 source.yaml", "send it again or change source.yaml, as the message says"
    ),
    "malformed_line": Label(
        "含分隔符、换行的值加引号后重新导出", "quote values with separators or line breaks, and export again"
    ),
    "cut_off": Label("核对行数后重送", "count the lines of the file and send it again"),
    "undecodable": Label("用 UTF-8 重新导出，或写明 encoding", "export it again as UTF-8, or declare encoding"),
}  # fmt: skip
"""Reason (`riskml.records.checks.REASONS`) → what to do."""
