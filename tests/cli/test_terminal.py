"""Tables on a narrow terminal: figures, intervals and identifiers whole, texts folded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from riskml.cli import terminal
from riskml.cli.terminal import table
from riskml.core.errors import RunError


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


def test_where_nothing_fits_every_cell_has_its_own_line_and_none_is_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal.out, "width", 30)
    digest = "c2a39271a3b1f5cce972"
    table(
        "总账",
        ["", "时间 when", "账号 account", "内容 content"],
        [[1, "2026-11-30 03:22", "an-account", digest], [2, "2026-11-30 03:23", "x", "y"]],
    )
    shown = capsys.readouterr().out
    assert [word in shown for word in ("2026-11-30 03:22", "an-account", digest)] == [True] * 3
    assert "…" not in shown


def test_a_long_list_of_values_is_folded_and_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    content = "of records, phase begin, digest c2a39271a3b1f5cce972, load 1, source simulated, account somebody"
    table("总账", ["", "时间 when", "账号 account", "内容 content"], [[1, "2026-11-30 03:22", "root", content]])
    lines = printed(capsys)
    assert max(map(cell_len, lines)) <= 80
    assert " ".join(" ".join(lines).split()).count("2026-11-30 03:22") == 1
    assert all(word in " ".join(lines) for word in content.split())


def test_names_paths_and_errors_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/srv/a[1]/[red]x[/red]/[b"
    table(path, [path], [[path]])
    terminal.out.print(path)
    terminal.show_error(RunError(path, path))
    terminal.show_log("run", Path(path))
    shown = capsys.readouterr()
    assert shown.out.count(path) == 4
    assert shown.err.count(path) == 2


ATTACK = "\x1b[2J\x1b]0;x昆明\x9b31m\u202e公司\u200b\x00"
SHOWN = r"\u001b[2J\u001b]0;x昆明\u009b31m\u202e公司\u200b\u0000"


def shown_by(show: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> str:
    show()
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize(
    "show",
    [
        lambda: terminal.out.print(ATTACK, soft_wrap=True),
        lambda: terminal.out.print(Text(ATTACK, style="bold"), soft_wrap=True),
        lambda: terminal.out.print(Group(Text("x"), Padding(ATTACK, (0, 1)))),
        lambda: terminal.write(ATTACK),
        lambda: terminal.show_error(RunError(zh=ATTACK, en=ATTACK)),
        lambda: terminal.show_log("1", Path(f"/logs/{ATTACK}")),
        lambda: table("t", ["a"], [[ATTACK]]),
    ],
    ids=["text", "styled", "nested", "written", "error", "log", "table"],
)
def test_what_a_terminal_would_obey_is_written_out(
    show: Callable[[], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal.out, "width", 200)
    monkeypatch.setattr(terminal.err, "width", 200)
    seen = shown_by(show, capsys)
    assert SHOWN in seen
    assert not set("\x00\x1b\x9b\u202e\u200b") & set(seen)


def test_json_of_a_name_that_a_terminal_would_obey_is_the_same_name(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.write(json.dumps({"name": ATTACK}, ensure_ascii=False))
    printed_text = capsys.readouterr().out
    assert json.loads(printed_text) == {"name": ATTACK}
    assert not set("\x1b\x9b\u202e") & set(printed_text)


@pytest.mark.parametrize("name", ["[/]", "[bold]x[/bold]", "[link=https://host.example]x[/link]", ":smile:", "a\\[b]"])
def test_marks_in_a_name_are_part_of_the_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for show in (
        lambda: terminal.out.print(name),
        lambda: table("t", [name], [[name]]),
        lambda: terminal.show_error(RunError(zh=name, en=name)),
    ):
        assert name in shown_by(show, capsys)
