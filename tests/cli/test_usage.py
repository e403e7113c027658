"""What is typed wrongly is said in one language, with the value, what would be right, and exit code 2."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextvars import Context
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
        ("scor", "没有命令 'scor'，是否应为 score？", "There is no command 'scor', did you mean score?"),
        ("frobnicate", "没有命令 'frobnicate'，共有 ", "There is no command 'frobnicate', there are "),
        ("policy shw", "没有命令 'shw'，可用的有：preview、log。用法见 riskml "
                       "policy --help", "'shw', there are preview, log"),
        ("score "
         "--as-off 2026-10-31", "没有选项 --as-off；相近的有：--as-of。用法见 riskml "
                                "score --help", "similar ones are --as-of"),
        ("score "
         "--as-of 31.10.2026", "--as-of 的值不正确：'31.10.2026' 不是日期，应形如 "
                               "2026-10-31", "not a date like 2026-10-31"),
        ("train --as-of 0001-01-01", "'0001-01-01' 不是日期，应形如 2026-10-31", "not a date like 2026-10-31"),
        ("score --as-of 20261031", "'20261031' 不是日期，应形如 2026-10-31", "not a date like 2026-10-31"),
        ("train --trials many", "--trials 的值不正确："
                                "应为整数，不是 'many'", "--trials is not valid: should be a whole number, not 'many'"),
        ("train --trials -1", "应不小于 0，不是", "should be 0 or more, not"),
        ("train --scheme", "选项 --scheme 后面要有值。用法见 riskml train "
                           "--help", "The option --scheme needs a value."),
        ("score --at-once=3", "选项 --at-once 后面不能有值", "The option --at-once takes no value."),
        ("explain", "缺少参数 enterprise", "The argument enterprise is missing."),
        ("dossier verify", "缺少参数 DIR", "The argument DIR is missing."),
        ("dossier verify nowhere", "DIR 的值不正确：'nowhere' 不存在", "The value of DIR is not valid: "),
        ("explain a b", "多出了参数 b", "There is no argument for b"),
        ("export --as-of 2026-10-31", "缺少选项 --format；"
                                      "可用的值有：csv, excel", "The option --format is missing; it may be csv, excel"),
        ("export --as-of 2026-10-31 "
         "--format xls", "没有 'xls'；可用的有：csv, excel", "there is no 'xls'; there are csv, excel"),
        ("ingest simulated --from nowhere", "--from 的值不正确：'nowhere' 不存在", "'nowhere' does not exist"),
        ("ingest simulated --from file", "'file' 是文件，应为目录", "is a file and should be a folder"),
        ("explain E1 --to .", "'.' 是目录，应为文件", "is a folder and should be a file"),
        ("simulate --seed -5", "应不小于 0，不是", "should be 0 or more, not"),
        ("simulate --months 100000", "应不大于 600，不是", "should be 600 or less, not"),
        ("publish --receipt .", "'.' 是目录，应为文件", "is a folder and should be a file"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_fault_is_told_in_the_language_asked_for_alone(
    typed: str,
    zh: str,
    en: str,
    lang: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert run_to_end(partial(app, standalone_mode=False), [*typed.split(), "--lang", lang]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    if lang == "zh":
        assert said.startswith("错误：")
        assert zh in said
        assert not re.search("[a-z]+ [a-z]+ [a-z]+", said.replace("riskml", ""))
    else:
        assert said.startswith("Error: ")
        assert en in said
        assert not re.search("[\u3000-\u9fff]", said)


@pytest.mark.parametrize(
    ("arguments", "variable", "locale", "zh"),
    [
        (["--lang", "zh", "scor"], "en", "en_GB.UTF-8", True),
        (["--lang=en", "scor"], "zh", "zh_CN.UTF-8", False),
        (["scor"], "en", "zh_CN.UTF-8", False),
        (["scor"], "", "en_GB.UTF-8", False),
        (["scor"], "", "zh_CN.UTF-8", True),
        (["scor"], "", "C.UTF-8", True),
        (["scor"], "", "", True),
    ],
)
def test_the_option_comes_before_the_variable_and_that_before_the_locale(
    arguments: list[str],
    variable: str,
    locale: str,
    zh: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"RISKML_LANG": variable, "LANG": locale, "LC_ALL": "", "LC_MESSAGES": ""}.items():
        monkeypatch.setenv(name, value)
    # Without the fixture's choice, which a process does not have.
    assert Context().run(run_to_end, partial(app, standalone_mode=False), arguments) == 2
    assert capsys.readouterr().err.startswith("错误：没有命令" if zh else "Error: There is no command")


@pytest.mark.parametrize("wrong", [["--lang", "fr", "score"], ["score", "--lang"], ["--lang=", "score"]])
def test_a_language_that_there_is_none_of_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_end(partial(app, standalone_mode=False), wrong) == 2
    assert capsys.readouterr().err.startswith("Error: --lang should be zh (Chinese) or en (English)")


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_to_end(partial(app, standalone_mode=False), ["--lang", "zh"]) == 2
    assert "企业信用风险分类" in capsys.readouterr().err
