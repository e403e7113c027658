"""The law as a table: what is on record, and the grade that follows under Yunnan's text, worked out by hand.

Every enterprise here has a score of 100, so that grade A is what the score alone gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pytest

from riskml.schemes.grade import grade_block
from riskml.schemes.scheme import Scheme

T = date(2026, 6, 30)
E = {"enterprise_id": "e1"}
LISTED = {**E, "record_id": "s1", "start_date": date(2026, 1, 5), "list_kind": "tax"}
OWN = {"record_id": "d1", "subject_id": "e1", "subject_kind": "enterprise", "start_date": date(2026, 1, 5)}
DEBTOR = {"record_id": "d1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 1, 5)}
POST = {**E, "record_id": "w1", "person_id": "p1", "person_name": "张某", "role": "director", "start_date": date(2020, 1, 1)}
OPINION = {
    **E,
    "record_id": "o1",
    "event_date": date(2026, 5, 1),
    "sentiment": "negative",
    "attention": "high",
    "effect": "serious",
}
FIRM = {**E, "record_id": "r1", "valid_from": date(2019, 5, 6), "name": "某企业", "status": "active", "kind": "limited_company"}
HOLDER = {**E, "record_id": "h1", "holder_id": "p1", "holder_kind": "person", "share": 0.9, "start_date": date(2020, 1, 1)}


def complaints(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {**E, "record_id": f"c{number}", "event_date": date(2026, 6, 1), "kind": "complaint", "accepted": True, **more}
        for number in range(count)
    ]


def amended(record: str, table: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "record_id": f"a-{record}",
        "of_table": table,
        "of_record": record,
        "kind": kind,
        "event_date": date(2026, 6, 1),
        **more,
    }


@dataclass(frozen=True)
class Case:
    """What is on record about one enterprise, and what follows on the day `on`."""

    rows: dict[str, list[dict[str, Any]]]
    grade: str
    decided_by: str = "band"
    options: list[str] = field(default_factory=list)
    on: date = T


LAW = {
    "art13 with nothing on record the score alone decides": Case({"enterprise": [FIRM]}, "A"),
    "art15(1) a list of any department that lasts": Case({"serious_listing": [LISTED]}, "D", "blacklisted"),
    "art15(1) a list that ends as planned in time to come": Case(
        {"serious_listing": [{**LISTED, "planned_end_date": date(2029, 1, 4)}]}, "D", "blacklisted"),
    "art15(1) a list whose planned end has come": Case(
        {"serious_listing": [{**LISTED, "planned_end_date": T}], "enterprise": [FIRM]}, "A"),
    "art15(1) a list whose end is known": Case(
        {"serious_listing": [{**LISTED, "end_date": date(2026, 6, 20), "end_known_date": date(2026, 6, 25)}]}, "A"),
    "art15(1) a list whose end nobody knew yet": Case(
        {"serious_listing": [{**LISTED, "end_date": date(2026, 6, 20), "end_known_date": date(2026, 7, 5)}]}, "D", "blacklisted"),
    "art15(1) ours: the enterprise itself as dishonest judgment debtor": Case(
        {"dishonest_debtor": [OWN], "enterprise": [FIRM]}, "D", "own_dishonest_listing"),
    "art15(1) ours: its own listing once it has ended": Case(
        {"dishonest_debtor": [{**OWN, "end_date": date(2026, 6, 1)}], "enterprise": [FIRM]}, "A"),
    "art15(2) a director who is listed": Case(
        {"position": [POST], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "D", "dishonest_post_holder"),
    "art15(2) a director who has left": Case(
        {"position": [{**POST, "end_date": date(2026, 5, 1)}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) a listing that has been taken off": Case(
        {"position": [POST], "dishonest_debtor": [{**DEBTOR, "end_date": date(2026, 5, 1)}], "enterprise": [FIRM]}, "A"),
    "art15(2) a post-holder of another number is another person": Case(
        {"position": [{**POST, "person_id": "p2"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) an enterprise's listing is no person's, whatever its number": Case(
        {"position": [POST], "dishonest_debtor": [{**DEBTOR, "subject_kind": "enterprise"}], "enterprise": [FIRM]}, "A"),
    "art15(2) a shareholder never fires it, however large the share": Case(
        {"shareholding": [HOLDER], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) a post that the article does not name": Case(
        {"position": [{**POST, "role": "other"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) ours: the executive partner of a partnership": Case(
        {"position": [{**POST, "role": "executive_partner"}], "dishonest_debtor": [DEBTOR], "enterprise": [{**FIRM, "kind": "partnership"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) ours: the investor of a sole proprietorship": Case(
        {"position": [{**POST, "role": "investor"}], "dishonest_debtor": [DEBTOR], "enterprise": [{**FIRM, "kind": "sole_proprietorship"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) ours: the responsible person of a branch": Case(
        {"position": [{**POST, "role": "responsible_person"}], "dishonest_debtor": [DEBTOR], "enterprise": [{**FIRM, "kind": "branch"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) a company has the four posts, and no others count": Case(
        {"position": [{**POST, "role": "investor"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(3) an opinion only proposes": Case({"opinion": [OPINION]}, "A", options=["C", "D"]),
    "art15(3) so do ten accepted complaints": Case({"complaint": complaints(10)}, "A", options=["C", "D"]),
    "art15(3) nine propose nothing": Case({"complaint": complaints(9)}, "A"),
    "art15(3) complaints that were not accepted tell nothing": Case({"complaint": complaints(10, accepted=False)}, "A"),
    "art15(3) nor those of which nobody knows": Case({"complaint": complaints(10, accepted=None)}, "A"),
    "art15(3) after three months it is over": Case({"opinion": [OPINION]}, "A", on=date(2026, 8, 1)),
    "art15(3) and not a day sooner": Case({"opinion": [OPINION]}, "A", options=["C", "D"], on=date(2026, 7, 31)),
    "art14(1) an act that was revoked": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "revoked")]}, "A"),
    "art14(4) what was found to be a mistake": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "misjudged")]}, "A"),
    "art14(5) what was repaired": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "repaired")]}, "A"),
    "art14(5) what another law bars": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "barred", law="未成年人保护法")]}, "A"),
    "art14 an amendment that nobody knew yet": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "revoked", known_date=date(2026, 7, 1))]}, "D", "blacklisted"),
    "art14 an amendment that was itself revoked": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "revoked"), amended("a-s1", "amendment", "revoked")]},
        "D", "blacklisted"),
    "ours: a revoked licence is no milder than C": Case({"enterprise": [{**FIRM, "status": "revoked"}]}, "C", "licence_revoked"),
    "ours: a licence that was given back": Case(
        {"enterprise": [{**FIRM, "status": "revoked"}, {**FIRM, "record_id": "r2", "valid_from": date(2026, 6, 1)}]}, "A"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", LAW)
def test_what_is_on_record_gives_the_grade_that_the_text_gives(fire: Any, yunnan: Scheme, sentence: str) -> None:
    case = LAW[sentence]
    rows = (
        case.rows
        if any("enterprise_id" in one for of in case.rows.values() for one in of)
        else {**case.rows, "enterprise": [FIRM]}
    )
    fired = fire(rows, case.on)
    (graded,) = grade_block(yunnan, ["e1"], np.array([100.0]), fired).to_pylist()
    assert (graded["grade"], graded["decided_by"], graded["pending_options"]) == (case.grade, case.decided_by, case.options)


def test_every_rule_of_the_scheme_has_its_line(yunnan: Scheme) -> None:
    decides = {rule.id for rule in yunnan.rules if rule.effect.officer_choice is None}
    assert {case.decided_by for case in LAW.values()} == {*decides, "band"}


def test_art13_the_slip_stays_in_the_quotation_and_not_in_the_name_of_the_grade(yunnan: Scheme) -> None:
    """信息风险低 in Arts. 13 and 18 is a slip for 信用风险低, as Art. 24 has it."""
    assert yunnan.grades[0].label.zh == "信用风险低"
    (opening,) = (one.opening.text.zh for one in yunnan.measures if one.grades == ("A",))
    assert "信息风险低" in opening
    assert "之误" in yunnan.note.zh


def test_what_the_text_does_not_say_is_called_ours(yunnan: Scheme) -> None:
    """A rule that the text does not have, or whose threshold it leaves open, says how it is read; the text's own rules say nothing."""
    read = {rule.id for rule in yunnan.rules if rule.reading is not None}
    assert read == {"serious_negative_effect", "own_dishonest_listing", "dishonest_responsible_person", "licence_revoked"}
    assert "示意" in next(rule.reading.zh for rule in yunnan.rules if rule.id == "serious_negative_effect" and rule.reading)


@pytest.mark.parametrize("rule", ["own_dishonest_listing", "dishonest_responsible_person", "licence_revoked"])
def test_what_is_ours_can_be_switched_off(fire: Any, yunnan: Scheme, rule: str) -> None:
    content = yunnan.model_dump(by_alias=True)
    for one in content["rules"]:
        one["enabled"] = one["id"] != rule
    off = Scheme.model_validate(content)
    for case in LAW.values():
        if case.decided_by == rule:
            (graded,) = grade_block(off, ["e1"], np.array([100.0]), fire(case.rows, case.on, scheme=off)).to_pylist()
            assert (graded["grade"], graded["decided_by"]) == ("A", "band")
