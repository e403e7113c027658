"""Files that people edit, in the state in which editors leave them."""

from __future__ import annotations

import os
from datetime import date
from functools import cached_property
from pathlib import Path

import pytest
from pydantic import BaseModel

from riskml.core.configuration import LONGEST, Entry, parse_json, parse_yaml, read_bytes, read_text
from riskml.core.errors import ConfigurationError


class Spec(Entry):
    months: int


class Written(Entry):
    """One field of every kind."""

    text: str | None = None
    number: float | None = None
    day: date | None = None
    numbers: tuple[float, ...] = ()
    shares: dict[str, float] | None = None


class Doubled(Entry):
    """With something that follows from what is written."""

    once: int

    @cached_property
    def twice(self) -> int:
        return 2 * self.once


class Anything(BaseModel, extra="allow"):
    """What takes every content: only the reader can refuse it."""


def test_a_copy_with_other_values_does_not_keep_what_followed_from_the_old_ones() -> None:
    one = Doubled(once=1)
    assert one.twice == 2
    assert one.model_copy(update={"once": 3}).twice == 6
    assert one.twice == 2


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffmonths: 3\n".encode())
    assert parse_yaml(Spec, read_text(tmp_path / "a.yaml"), "a.yaml").months == 3


def test_another_encoding_is_named_with_its_line_and_the_cure(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("months: 3\n# 月\n".encode("gb18030"))
    with pytest.raises(ConfigurationError, match=r"a\.yaml, line 2, is not UTF-8; save it as UTF-8"):
        read_text(tmp_path / "a.yaml")


@pytest.mark.parametrize(("name", "said"), [("nothing.yaml", "does not exist"), (".", "cannot be read")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_text(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"a\.yaml is empty"),
        ("months: [", r"(?s)a\.yaml cannot be read: .*line 1, column 10"),
        ("months: 3\nmonths: 4", r"line 2, column 1, 'months: 4': 'months' is given twice; keep one of them"),
        ("months: {? [a] : 1}", r"line 1, column 12.*unhashable"),
        ("months: abc", "months: should be a whole number, not 'abc'"),
        ("mnths: 3", r"mnths: there is no such field, did you mean months\?"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        parse_yaml(Spec, text, "a.yaml")
    assert "unicode string" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number: 0200", "0200: YAML reads it to the base of eight: a number has no zeros in front"),
        ("number: 0200.5", "no zeros in front"),
        ("text: 0530111", "no zeros in front; put ids, codes and texts in quotation marks"),
        ("text: 08:30", "to the base of sixty"),
        ("number: 1:30", "to the base of sixty"),
        ("number: 0x1F", "with decimal digits"),
        ("number: 1_000", "no underscores"),
        ("number: .NaN", "it is no number"),
        ("number: -.inf", "it is no number"),
        ("text: no", "no: write yes and no as true and false; put ids, codes and texts in quotation marks"),
        ("shares: {Off: 1}", "Off: write yes and no"),
        ("day: 2026-02-30", "there is no such date or number as 2026-02-30"),
        (f"number: {'9' * 5000}", "there is no such date or number as 999"),
        ("text: !!python/object/apply:os.system [ls]", "tags are not taken"),
        ("text: !!str 5", "tags are not taken"),
        ("text: {<<: {a: 1}}", "merging is not taken"),
        ("text: *nowhere", "nothing is marked with & and that name"),
        ("text: &a [*a]", "holds itself"),
        ("\ttext: a", "indent with spaces"),
        ("text: a\n---\ntext: b", "a file holds one document"),
        ('text: "\\0"', r"the invisible character U\+0000"),
        ('text: "\\e[31m"', r"the invisible character U\+001B"),
    ],
)
def test_what_yaml_reads_as_something_else_is_refused_with_line_and_cure(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"a\.yaml cannot be read: line \d.*{said}"):
        parse_yaml(Anything, text, "a.yaml")


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u200b", "\u202e", "\x9b"])
def test_a_character_that_no_editor_shows_is_named_with_its_line(character: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"line 2 has the invisible character U\+{ord(character):04X}: take it out"
    ):
        parse_yaml(Anything, f"text: a\n# b{character}\n", "a.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text: 2026-10-31", "text: should be a text; put numbers and dates in quotation marks, not 2026-10-31"),
        ("number: true", "number: should be a number, not true"),
        ("numbers: [1, false]", "numbers: should be a number"),
        ("shares: {A: true}", "shares: should be a number"),
        ("day: 86400", "day: should be a date like 2026-10-31, not 86400"),
        ("day: 2026-1-5", "day: should be a date like 2026-10-31, not '2026-1-5'"),
        ('number: "nan"', "number: should be a number, not 'nan'"),
        ("number: 1.0e+999", "number: should be a number"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_yaml(Written, text, "a.yaml")


def test_quoted_and_plain_values_are_what_they_seem() -> None:
    text = 'text: "0200"\nnumber: 1.5e+3\nday: 2026-02-28\nnumbers: [0, -0.5, 10]\nshares: {"no": 1}'
    assert parse_yaml(Written, text, "a.yaml") == Written(
        text="0200", number=1500, day=date(2026, 2, 28), numbers=(0, -0.5, 10), shares={"no": 1}
    )


BOMB = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
CHAIN = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000))])


@pytest.mark.parametrize(
    "text", [BOMB, CHAIN, "text: " + "[" * 50_000, "{a: " * 50_000], ids=["bomb", "chain", "lists", "maps"]
)
def test_levels_and_aliases_are_bounded(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.yaml cannot be read: line \d+, .*levels"):
        parse_yaml(Anything, text, "a.yaml")


def test_a_file_that_is_no_ordinary_one_or_too_long_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ConfigurationError, match=r"pipe\.yaml is no ordinary file"):
        read_text(tmp_path / "pipe.yaml")
    (tmp_path / "long.yaml").write_bytes(b" " * (LONGEST + 1))
    with pytest.raises(ConfigurationError, match=r"long\.yaml has more than 2 MiB"):
        read_text(tmp_path / "long.yaml")
    assert len(read_bytes(tmp_path / "long.yaml", LONGEST + 1)) == LONGEST + 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 100_000, "too many levels"),
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": 1', "line 1 column 8"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"9" * 5000, "not valid JSON"),
    ],
)
def test_json_from_anyone_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"a.json.*{said}"):
        parse_json(content, "a.json")
