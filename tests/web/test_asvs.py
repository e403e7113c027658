"""The table of OWASP ASVS 5.0: every requirement of levels 1 and 2, and what is said of each."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANSWERS = {"test", "reason", "operator", "open"}


def rows() -> list[dict[str, str]]:
    with Path(__file__).with_name("asvs.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_requirement_of_levels_1_and_2_is_answered_once_and_access_and_logging_to_level_3() -> None:
    found = rows()
    assert len({row["requirement"] for row in found}) == len(found)
    levels = Counter(row["level"] for row in found)
    assert (levels["1"], levels["2"]) == (70, 183)  # as the standard counts them
    of_level_3 = {row["requirement"] for row in found if row["level"] == "3"}
    assert of_level_3 == {"V8.1.3", "V8.1.4", "V8.2.4", "V8.3.2", "V8.3.3", "V8.4.2", "V16.5.4"}


def test_an_answer_is_a_test_that_there_is_or_a_reason() -> None:
    for row in rows():
        assert row["answer"] in ANSWERS, row
        assert row["where"], row
        for place in row["where"].split() if row["answer"] == "test" else ():
            path, name = place.split("::")
            assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), place
        for page in re.findall(r"docs/en/[a-z-]+\.md", row["where"]):
            assert (ROOT / page).is_file(), row


def test_what_is_open_stands_in_the_documents() -> None:
    still_open = {row["requirement"] for row in rows() if row["answer"] == "open"}
    for language in ("en", "zh"):
        text = (ROOT / "docs" / language / "desk.md").read_text(encoding="utf-8")
        assert still_open == set(re.findall(r"V\d+\.\d+\.\d+", text)), language
