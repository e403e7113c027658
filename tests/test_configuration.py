"""Files that people edit, in the state in which editors leave them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from riskml.configuration import parse_yaml, read_text
from riskml.errors import ConfigurationError


class Spec(BaseModel):
    model_config = ConfigDict(extra="forbid")
    months: int


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
        ("months: [", r"(?s)a\.yaml is not valid YAML: .*line 1, column 10"),
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
