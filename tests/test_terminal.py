"""Tables on a narrow terminal: figures, intervals and identifiers whole, texts folded."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from riskml import terminal
from riskml.errors import RunError
from riskml.terminal import table


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.out, "width", 80)


def test_a_table_that_fits_is_framed(capsys: pytest.CaptureFixture[str]) -> None:
    table("等级 Grades", ["等级 grade", "企业 enterprises"], [["A", 1234]])
    assert any(line.startswith("│ A ") and "1,234" in line for line in printed(capsys))


def test_where_it_does_not_fit_intervals_stand_under_their_figures(capsys: pytest.CaptureFixture[str]) -> None:
    figure = "0.695 [0.619, 0.762]"
    row = ["全部检查，按检查倾向的倒数加权", 1082, 723, figure, figure, "24% [17%, 31%]"]
    table(
        "办法 Ways",
        ["", "检查 visits", "相当于 worth", "AUC 随机抽查 random draws", "AUC 真实风险 true risk", "补回差距 gap"],
        [row],
    )
    lines = printed(capsys)
    assert max(map(cell_len, lines)) <= 80
    assert any(line.count("0.695") == 2 and "1,082" in line and "24%" in line for line in lines)
    assert any(line.count("[0.619, 0.762]") == 2 and "[17%, 31%]" in line for line in lines)


def test_where_it_does_not_fit_labels_are_folded_and_values_stay(capsys: pytest.CaptureFixture[str]) -> None:
    name = "same_industry_inspection_problems_1095d"
    table(
        "企业",
        ["名称 label", "指标 indicator", "值 value"],
        [["同行业随机抽查和日常检查的问题发现率（近三年）" * 2, name, "0.279467"]],
    )
    lines = printed(capsys)
    assert max(map(cell_len, lines)) <= 80
    assert any(name in line and "0.279467" in line for line in lines)


def test_names_paths_and_errors_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/srv/a[1]/[red]x[/red]/[b"
    table(path, [path], [[path]])
    terminal.out.print(path)
    terminal.show_error(RunError(path, path))
    terminal.show_log("run", Path(path))
    shown = capsys.readouterr()
    assert shown.out.count(path) == 4
    assert shown.err.count(path) == 3
