"""Lines of the ledger in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from riskml.cli.ledger_shown import content_of
from riskml.core.hash_chain import Line
from riskml.core.language import Label, Language, speaking

RULES = {("yunnan", "serious_negative_effect"): Label("严重负面影响", "Serious negative effect")}

DECISION = {
    "scheme": "yunnan", "enterprise_id": "91530102MA6K000001", "rule": "serious_negative_effect",
    "grade": "not_established",
    "officer": "李明", "decided_on": "2026-11-01", "expires_on": "2027-02-01", "evidence": ["TS1"],
    "reason": "查无此事",
}  # fmt: skip
UPDATE = {
    "scheme": "yunnan",
    "enterprise_id": "91530102MA6K000001",
    "was": "B",
    "grade": "C",
    "decided_by": "serious_negative_effect",
}


@pytest.mark.parametrize(
    ("kind", "content", "zh", "en"),
    [
        ("load", {"of": "records", "phase": "begin", "digest": "a" * 64, "load": 3, "source": "simulated"},
         "第3批，来源 simulated；开始；散列 aaaaaaaaaaaa", "load 3 of simulated; begun; hash aaaaaaaaaaaa"),
        ("undo", {"of": "records", "phase": "begin", "digest": "", "load": 1, "source": "simulated"},
         "第1批，来源 simulated；开始；原处为空", "load 1 of simulated; begun; nothing is left there"),
        ("run", {"of": "run yunnan/2026-10-31", "phase": "done", "digest": "b" * 64},
         "yunnan/2026-10-31；完成；散列 bbbbbbbbbbbb", "yunnan/2026-10-31; done; hash bbbbbbbbbbbb"),
        ("decision", DECISION, "yunnan 91530102MA6K000001，严重负面影响：不成立；李明，2026-11-01；2027-02-01 失效",
         "yunnan 91530102MA6K000001, Serious negative effect: not established; 李明, 2026-11-01; lapses on 2027-02-01"),
        ("update", {"updates": [UPDATE, UPDATE | {"decided_by": "band"}]},
         "yunnan 91530102MA6K000001 B → C，严重负面影响；yunnan 91530102MA6K000001 B → C，按评价方法",
         "yunnan 91530102MA6K000001 B → C, Serious negative effect; yunnan 91530102MA6K000001 B → C, by the method "
         "alone"),
        ("policy", {"scheme": "yunnan", "policy": "c" * 64, "as_of": "2026-10-31", "changed": ["x"], "grades_moved": 1},
         "yunnan：2026-10-31 首次使用办法 cccccccccccc；改动1处，变动1个等级",
         "yunnan: policy cccccccccccc, first used as of 2026-10-31; 1 change, 1 grade changed"),
    ],
)  # fmt: skip
def test_a_line_is_a_sentence_without_ids_or_cut_words(kind: str, content: dict[str, Any], zh: str, en: str) -> None:
    line = Line(1, kind, datetime(2026, 11, 30, tzinfo=UTC), "root", content, "f" * 64)
    for spoken, told in ((Language.zh, zh), (Language.en, en)):
        with speaking(spoken):
            assert content_of(line, RULES) == told
