"""What is typed wrongly is said in Chinese first, with the value, what would be right, and exit code 2."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from riskml.cli import app, session
from riskml.cli.session import run_to_end


@pytest.fixture(autouse=True)
def _process_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command takes signals and the creation mask of its process for itself."""
    monkeypatch.setattr(session, "_listen", list)
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("scor", "没有命令 'scor'；相近的有：'score'", "No such command 'scor'. Did you mean 'score'?"),
        ("frobnicate", "没有命令 'frobnicate'", "No such command 'frobnicate'."),
        ("score --as-off 2026-10-31", "没有选项 --as-off；相近的有：--as-of。用法见 riskml score --help", "No such option: --as-off"),
        ("score --as-of 31.10.2026", "'--as-of' 的值不正确：'31.10.2026' 不是日期，应形如 2026-10-31", "not a date like 2026-10-31"),
        ("train --as-of 0001-01-01", "'0001-01-01' 不是日期，应形如 2026-10-31", "not a date like 2026-10-31"),
        ("score --as-of 20261031", "'20261031' 不是日期，应形如 2026-10-31", "not a date like 2026-10-31"),
        ("train --trials many", "'--trials' 的值不正确：应为整数，不是 'many'", "'--trials': should be a whole number, not 'many'"),
        ("train --trials -1", "应不小于 0，不是", "should be 0 or more, not"),
        ("train --scheme", "选项 '--scheme' 后面要有值", "Option '--scheme' requires an argument."),
        ("score --daily=3", "选项 '--daily' 后面不能有值", "Option '--daily' does not take a value."),
        ("explain", "缺少参数 'enterprise'", "Missing argument 'enterprise'."),
        ("explain a b", "多出了参数 b", "unexpected extra argument"),
        ("export --as-of 2026-10-31", "缺少选项 '--format'；可用的值有：csv, excel", "Missing option '--format'."),
        ("export --as-of 2026-10-31 --format xls", "没有 'xls'；可用的有：'csv', 'excel'", "'xls' is not one of 'csv', 'excel'"),
        ("ingest simulated --from nowhere", "'--from' 的值不正确：'nowhere' 不存在", "'nowhere' does not exist"),
        ("ingest simulated --from file", "'file' 是文件，应为目录", "is a file"),
        ("explain E1 --to .", "'.' 是目录，应为文件", "is a directory"),
        ("simulate --seed -5", "应不小于 0，不是", "should be 0 or more, not"),
        ("simulate --months 100000", "应不大于 600，不是", "should be 600 or less, not"),
        ("publish --receipt .", "'.' 是目录，应为文件", "is a directory"),
    ],
)  # fmt: skip
def test_it_is_said_in_chinese_first(
    typed: str, zh: str, en: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert run_to_end(partial(app, typed.split(), standalone_mode=False)) == 2
    chinese, english = capsys.readouterr().err.splitlines()
    assert zh in chinese
    assert en in english
    assert chinese.startswith("错误 ")
    assert not re.search("[a-z]+ [a-z]+ [a-z]+", chinese.replace("riskml", ""))


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_end(partial(app, [], standalone_mode=False)) == 2
    assert "企业信用风险分类" in capsys.readouterr().err
