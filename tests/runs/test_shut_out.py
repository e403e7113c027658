"""Which rules are told to act on whatever is repaired: those that hold the enterprise to a grade, and to which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from riskml.core.language import Language, speaking
from riskml.explaining.way_back import RepairStep, ToGrade, WayBack
from riskml.explaining.way_back_told import sections
from riskml.records.tables import Label
from riskml.runs.future import month_ends
from riskml.runs.scenarios import Outcome
from riskml.runs.way_back import Way
from riskml.schemes.decisions import Decision
from riskml.schemes.scheme import load_scheme

DAY = date(2026, 10, 31)
SCHEME = load_scheme(Path(__file__).parents[2] / "models" / "yunnan" / "scheme.yaml")
CHOICE = "serious_negative_effect"
"""The rule of Art. 15(3): an officer chooses C or D."""


@dataclass(eq=False)
class MadeUp:
    """Choices that all come to the same: a blacklisted enterprise, of which a case is proposed besides."""

    decisions: tuple[Decision, ...]

    def outcomes(self, choices: list[int], day: date) -> list[Outcome]:
        evidence = (("blacklisted", ("L1",)), (CHOICE, ("O1", "O2")))
        return [Outcome(3, 40.0, "blacklisted", ("blacklisted", CHOICE), evidence, np.zeros(0)) for _ in choices]


def decided(grade: str, evidence: str = "O1") -> Decision:
    return Decision(
        scheme="yunnan", enterprise_id="E", rule=CHOICE, evidence=(evidence,), grade=grade, officer="LI", reason="r",
        decided_on=DAY, expires_on=DAY + timedelta(days=10),
    )  # fmt: skip


def way_of(today: tuple[Decision, ...]) -> Way:
    """A way without steps; in its one month to come no decision is in force."""
    way = Way(SimpleNamespace(policy=SimpleNamespace(scheme=SCHEME)), None, None, DAY)  # type: ignore[arg-type]
    days = tuple(DAY + timedelta(days=later) for later in range(1, 31))
    way.months, way.every_step, later = month_ends(DAY)[:1], (), MadeUp(())
    assert days[-1] == way.months[0]
    way.today, way.ahead = MadeUp(today), {days[-1]: later}  # type: ignore[assignment, dict-item]
    way._daily[days] = dict.fromkeys(days, later)  # type: ignore[arg-type]
    return way


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ((), None),  # waits, and has no effect meanwhile
        ((decided("D"),), "D"),
        ((decided("C"),), "C"),
        ((decided("not_established"),), None),
        ((decided("D", evidence="another"),), None),  # made on records that count no more
    ],
)
def test_art15_3_an_officer_s_choice_acts_as_it_was_decided(
    decision: tuple[Decision, ...], expected: str | None
) -> None:
    found = {one.rule: one for one in way_of(decision)._shut_out()}
    assert found["blacklisted"].grade == "D"
    assert found["blacklisted"].until is None
    assert (found[CHOICE].grade if CHOICE in found else None) == expected
    if expected is not None:
        assert found[CHOICE].until == DAY + timedelta(days=1)  # its circumstances last, the decision does not
        assert found[CHOICE].records == ("O1", "O2")


def test_steps_left_out_are_told() -> None:
    def lines(left_out: int) -> tuple[str, ...]:
        to_b = ToGrade("B", (), (), True, 1, None, None, (), 1)
        found = WayBack(None, SCHEME, DAY, "C", None, (step,), left_out, (to_b,), (), None, simulated=True)  # type: ignore[arg-type]
        return sections(found)[0].lines

    text = Label("文", "text")
    step = RepairStep(text, "penalty", "s", "P1", "repaired", DAY, text, "text", text)
    assert len(lines(0)) == 1
    with speaking(Language.en):
        assert "8 further steps were not graded" in lines(8)[1]
        assert "1 further step was not graded" in lines(1)[1]
