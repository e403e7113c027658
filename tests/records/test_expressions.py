"""Expressions that analysts write: nothing in them reads anything but the columns of their relation."""

from __future__ import annotations

import pytest

from riskml.core.validation import ContentError
from riskml.records.expressions import check_expression


@pytest.mark.parametrize(
    "text",
    [
        "read_text('/etc/passwd')",
        "left(getenv('HOME'), 1)",
        "CASE WHEN fine > 1 THEN current_setting('threads') END",
        "getvariable('x')",
        "now()",
        "current_date",
        "fine > (SELECT count(*) FROM read_text('/etc/passwd'))",
        "fine IN (SELECT 1)",
        "COLUMNS('f.*')",
        "list_transform([fine], x -> x)",
        "$1",
        "*",
    ],
)
def test_what_reads_anything_but_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ContentError, match=r"is not allowed|there is no column"):
        check_expression(text, {"fine"})


@pytest.mark.parametrize("text", ["(" * 5_000 + "fine" + ")" * 5_000, "NOT " * 5_000 + "fine"])
def test_what_is_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(ContentError, match="nested too deeply"):
        check_expression(text, {"fine"})
