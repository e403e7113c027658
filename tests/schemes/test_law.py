"""The law as a table: what is on record, and the grade that follows under Yunnan's text, worked out by hand.

Where a line says nothing else, the enterprise has a score of 100, so that grade A is what the score alone gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from riskml.schemes.decisions import Decision, in_force
from riskml.schemes.grade import grade_block
from riskml.schemes.scheme import Scheme
from riskml.schemes.scope import in_scope

T = date(2026, 6, 30)
E = {"enterprise_id": "e1"}
LISTED = {**E, "record_id": "s1", "start_date": date(2026, 1, 5), "list_kind": "tax"}
OWN = {"record_id": "d1", "subject_id": "e1", "subject_kind": "enterprise", "start_date": date(2026, 1, 5)}
DEBTOR = {"record_id": "d1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 1, 5)}
POST = {
    **E,
    "record_id": "w1",
    "person_id": "p1",
    "person_name": "张某",
    "role": "director",
    "start_date": date(2020, 1, 1),
}
OPINION = {
    **E,
    "record_id": "o1",
    "event_date": date(2026, 5, 1),
    "sentiment": "negative",
    "attention": "high",
    "effect": "serious",
}
FIRM = {
    **E,
    "record_id": "r1",
    "valid_from": date(2019, 5, 6),
    "name": "某企业",
    "status": "active",
    "kind": "limited_company",
}
HOLDER = {
    **E,
    "record_id": "h1",
    "holder_id": "p1",
    "holder_kind": "person",
    "share": 0.9,
    "start_date": date(2020, 1, 1),
}


def complaints(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {**E, "record_id": f"c{number}", "event_date": date(2026, 6, 1), "kind": "complaint", "accepted": True, **more}
        for number in range(count)
    ]


def answer(grade: str, record: str = "o1", rule: str = "serious_negative_effect", **more: Any) -> Decision:
    """An officer's decision of 1 June, good to the end of July where it is about a circumstance."""
    said = {"evidence": (record,), "officer": "李某", "reason": "查实", "decided_on": date(2026, 6, 1), **more}
    identifies = grade.endswith("same_person")
    lasts = None if identifies else date(2026, 8, 1)
    return Decision(scheme="yunnan", enterprise_id="e1", rule=rule, grade=grade, expires_on=lasts, **said)


def about_the_person(grade: str, record: str = "d1", **more: Any) -> Decision:
    return answer(grade, record, "dishonest_post_holder", **more)


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
    score: float = 100
    decisions: tuple[Decision, ...] = ()


LISTED_DIRECTOR = {"position": [POST], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}
PENALTY = {**E, "record_id": "n1", "event_date": date(2026, 5, 20), "severity": "serious", "kind": "fine", "fine": 10}

LAW = {
    "art13 with nothing on record the score alone decides": Case({"enterprise": [FIRM]}, "A"),
    "art13 low to below 200": Case({"enterprise": [FIRM]}, "A", score=199.9),
    "art13 ordinary from 200": Case({"enterprise": [FIRM]}, "B", score=200),
    "art13 elevated from 500": Case({"enterprise": [FIRM]}, "C", score=500),
    "art13 high from 750 to the end of the range": Case({"enterprise": [FIRM]}, "D", score=1000),
    "art13 what is dated after the day is not known": Case(
        {"serious_listing": [{**LISTED, "start_date": date(2026, 7, 1)}], "enterprise": [FIRM]}, "A"),
    "art13 nor is what was learnt of after the day": Case(
        {"serious_listing": [{**LISTED, "known_date": date(2026, 7, 1)}], "enterprise": [FIRM]}, "A"),
    "art4 the grade of a professional field stands beside and moves none": Case(
        {"external_grade": [{**E, "record_id": "x1", "start_date": date(2026, 1, 1),
        "field": "food", "grade": "D", "risk_level": "high"}],
         "enterprise": [FIRM]}, "A"),
    "art24 an enterprise of the new economy is graded as any other": Case(
        {"enterprise": [{**FIRM, "new_economy": True}]}, "B", score=300),
    "art15(1) a list of any department that lasts": Case({"serious_listing": [LISTED]}, "D", "blacklisted"),
    "art15(1) a list that ends as planned in time to come": Case(
        {"serious_listing": [{**LISTED, "planned_end_date": date(2029, 1, 4)}]}, "D", "blacklisted"),
    "art15(1) a list whose planned end has come": Case(
        {"serious_listing": [{**LISTED, "planned_end_date": T}], "enterprise": [FIRM]}, "A"),
    "art15(1) a list whose end is known": Case(
        {"serious_listing": [{**LISTED, "end_date": date(2026, 6, 20), "end_known_date": date(2026, 6, 25)}]}, "A"),
    "art15(1) a list whose end nobody knew yet": Case(
        {"serious_listing": [{**LISTED, "end_date": date(2026, 6, 20), "end_known_date": date(2026, 7, 5)}]},
        "D", "blacklisted"),
    "art15(1) ours: the enterprise itself as dishonest judgment debtor": Case(
        {"dishonest_debtor": [OWN], "enterprise": [FIRM]}, "D", "own_dishonest_listing"),
    "art15(1) ours: its own listing once it has ended": Case(
        {"dishonest_debtor": [{**OWN, "end_date": date(2026, 6, 1)}], "enterprise": [FIRM]}, "A"),
    "art15(1) a list whose planned end was put off": Case(
        {"serious_listing": [{**LISTED, "planned_end_date": date(2026, 7, 1)}], "enterprise": [FIRM]},
        "D", "blacklisted"),
    "art15(1) it decides whatever the score": Case({"serious_listing": [LISTED]}, "D", "blacklisted", score=0),
    "art15(1) ours: its own listing that ends as planned in time to come": Case(
        {"dishonest_debtor": [{**OWN, "planned_end_date": date(2028, 1, 4)}], "enterprise": [FIRM]},
        "D", "own_dishonest_listing"),
    "art15(2) a director who is listed": Case(LISTED_DIRECTOR, "D", "dishonest_post_holder"),
    "art15(2) the legal representative": Case(
        {**LISTED_DIRECTOR, "position": [{**POST, "role": "legal_representative"}]}, "D", "dishonest_post_holder"),
    "art15(2) a supervisor": Case(
        {**LISTED_DIRECTOR, "position": [{**POST, "role": "supervisor"}]}, "D", "dishonest_post_holder"),
    "art15(2) a senior manager": Case(
        {**LISTED_DIRECTOR, "position": [{**POST, "role": "senior_manager"}]}, "D", "dishonest_post_holder"),
    "art15(2) a listing that ends as planned in time to come": Case(
        {**LISTED_DIRECTOR, "dishonest_debtor": [{**DEBTOR, "planned_end_date": date(2028, 1, 4)}]},
        "D", "dishonest_post_holder"),
    "art15(2) a name alone is nobody": Case({**LISTED_DIRECTOR, "position": [{**POST, "person_id": None}],
                                             "dishonest_debtor": [{**DEBTOR, "subject_id": "张某"}]}, "A"),
    "art15(2) an officer answers that it is somebody else": Case(
        LISTED_DIRECTOR, "A", decisions=(about_the_person("not_same_person"),)),
    "art15(2) which stays, however long ago": Case(
        LISTED_DIRECTOR, "A", decisions=(about_the_person("not_same_person", decided_on=date(2024, 1, 1)),)),
    "art15(2) until it is taken back": Case(LISTED_DIRECTOR, "D", "dishonest_post_holder", decisions=(
        about_the_person("not_same_person"), about_the_person("same_person", decided_on=date(2026, 6, 2)))),
    "art15(2) not before the day of the answer": Case(
        LISTED_DIRECTOR, "D", "dishonest_post_holder",
        decisions=(about_the_person("not_same_person", decided_on=date(2026, 7, 1)),)),
    "art15(2) of another listing nothing was said": Case(
        LISTED_DIRECTOR, "D", "dishonest_post_holder", decisions=(about_the_person("not_same_person", "d9"),)),
    "art15(2) a director who has left": Case(
        {"position": [{**POST, "end_date": date(2026, 5, 1)}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]},
        "A"),
    "art15(2) a listing that has been taken off": Case(
        {"position": [POST], "dishonest_debtor": [{**DEBTOR, "end_date": date(2026, 5, 1)}], "enterprise": [FIRM]},
        "A"),
    "art15(2) a post-holder of another number is another person": Case(
        {"position": [{**POST, "person_id": "p2"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) an enterprise's listing is no person's, whatever its number": Case(
        {"position": [POST], "dishonest_debtor": [{**DEBTOR, "subject_kind": "enterprise"}], "enterprise": [FIRM]},
        "A"),
    "art15(2) a shareholder never fires it, however large the share": Case(
        {"shareholding": [HOLDER], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) a post that the article does not name": Case(
        {"position": [{**POST, "role": "other"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(2) ours: the executive partner of a partnership": Case(
        {"position": [{**POST, "role": "executive_partner"}], "dishonest_debtor": [DEBTOR],
        "enterprise": [{**FIRM, "kind": "partnership"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) ours: the investor of a sole proprietorship": Case(
        {"position": [{**POST, "role": "investor"}], "dishonest_debtor": [DEBTOR],
        "enterprise": [{**FIRM, "kind": "sole_proprietorship"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) ours: the responsible person of a branch": Case(
        {"position": [{**POST, "role": "responsible_person"}], "dishonest_debtor": [DEBTOR],
        "enterprise": [{**FIRM, "kind": "branch"}]},
        "D", "dishonest_responsible_person"),
    "art15(2) ours: an answer about the person holds under this rule too": Case(
        {**LISTED_DIRECTOR, "position": [{**POST, "role": "investor"}],
        "enterprise": [{**FIRM, "kind": "sole_proprietorship"}]}, "A",
        decisions=(about_the_person("not_same_person"),)),
    "art15(2) ours ends with these three kinds": Case(
        {**LISTED_DIRECTOR, "position": [{**POST, "role": "responsible_person"}],
        "enterprise": [{**FIRM, "kind": "cooperative"}]}, "A"),
    "art15(2) a company has the four posts, and no others count": Case(
        {"position": [{**POST, "role": "investor"}], "dishonest_debtor": [DEBTOR], "enterprise": [FIRM]}, "A"),
    "art15(3) an opinion only proposes": Case({"opinion": [OPINION]}, "A", options=["C", "D"]),
    "art15(3) so do ten accepted complaints": Case({"complaint": complaints(10)}, "A", options=["C", "D"]),
    "art15(3) nine propose nothing": Case({"complaint": complaints(9)}, "A"),
    "art15(3) complaints that were not accepted tell nothing": Case({"complaint": complaints(10, accepted=False)}, "A"),
    "art15(3) nor those of which nobody knows": Case({"complaint": complaints(10, accepted=None)}, "A"),
    "art15(3) after three months it is over": Case({"opinion": [OPINION]}, "A", on=date(2026, 8, 1)),
    "art15(3) and not a day sooner": Case({"opinion": [OPINION]}, "A", options=["C", "D"], on=date(2026, 7, 31)),
    "art15(3) praise proposes nothing": Case({"opinion": [{**OPINION, "sentiment": "positive"}]}, "A"),
    "art15(3) nor what few heard of": Case({"opinion": [{**OPINION, "attention": "normal"}]}, "A"),
    "art15(3) nor an effect that is not serious": Case({"opinion": [{**OPINION, "effect": "minor"}]}, "A"),
    "art15(3) complaints of more than three months ago": Case(
        {"complaint": complaints(10, event_date=date(2026, 3, 30))}, "A"),
    "art15(3) a proposal leaves a riskier band as it is": Case(
        {"opinion": [OPINION]}, "D", options=["C", "D"], score=800),
    "art15(3) an officer confirms C": Case(
        {"opinion": [OPINION]}, "C", "serious_negative_effect", decisions=(answer("C"),)),
    "art15(3) an officer confirms D": Case(
        {"opinion": [OPINION]}, "D", "serious_negative_effect", decisions=(answer("D"),)),
    "art15(3) C confirmed is no milder than the band": Case(
        {"opinion": [OPINION]}, "D", score=800, decisions=(answer("C"),)),
    "art15(3) an officer answers that it is not established": Case(
        {"opinion": [OPINION]}, "A", decisions=(answer("not_established"),)),
    "art15(3) a decision acts from its day": Case(
        {"opinion": [OPINION]}, "A", options=["C", "D"], decisions=(answer("C", decided_on=date(2026, 7, 1)),)),
    "art15(3) and ends with the three months": Case(
        {"opinion": [OPINION]}, "A", on=date(2026, 8, 1), decisions=(answer("D"),)),
    "art15(3) a decision on another record confirms nothing": Case(
        {"opinion": [OPINION]}, "A", options=["C", "D"], decisions=(answer("D", "o9"),)),
    "art15(3) a case that an officer opened on another record": Case(
        {"penalty": [PENALTY], "opinion": []}, "C", "serious_negative_effect",
        decisions=(answer("C", "n1", evidence_tables=("penalty",)),)),
    "art15(3) which falls with the record": Case(
        {"penalty": [PENALTY], "amendment": [amended("n1", "penalty", "revoked")]}, "A",
        decisions=(answer("C", "n1", evidence_tables=("penalty",)),)),
    "art15(3) a decision falls with its evidence": Case(
        {"opinion": [OPINION], "amendment": [amended("o1", "opinion", "misjudged")]}, "A", decisions=(answer("D"),)),
    "art15 (1) decides over (3)": Case(
        {"serious_listing": [LISTED], "opinion": [OPINION]}, "D", "blacklisted", decisions=(answer("C"),)),
    "art14(1) an act that was revoked": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "revoked")]}, "A"),
    "art14(4) what was found to be a mistake": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "misjudged")]}, "A"),
    "art14(2) an act that was changed, once the new one is there": Case(
        {"serious_listing": [LISTED, {**LISTED, "record_id": "s2", "start_date": date(2026, 6, 1),
                                      "end_date": date(2026, 6, 20)}],
         "amendment": [amended("s1", "serious_listing", "changed", replaced_by="s2")]}, "A"),
    "art14(2) until then it counts": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "changed", replaced_by="s2")]},
        "D", "blacklisted"),
    "art14(3) what was revoked in part counts with the rest": Case(
        {"serious_listing": [LISTED],
        "amendment": [amended("s1", "serious_listing", "partly_revoked", part="authority")]}, "D", "blacklisted"),
    "art14(5) what was repaired": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "repaired")]}, "A"),
    "art14(5) what another law bars": Case(
        {"serious_listing": [LISTED], "amendment": [amended("s1", "serious_listing", "barred", law="未成年人保护法")]},
        "A"),
    "art14 an amendment that nobody knew yet": Case(
        {"serious_listing": [LISTED],
        "amendment": [amended("s1", "serious_listing", "revoked", known_date=date(2026, 7, 1))]}, "D", "blacklisted"),
    "art14 an amendment that was itself revoked": Case(
        {"serious_listing": [LISTED],
        "amendment": [amended("s1", "serious_listing", "revoked"), amended("a-s1", "amendment", "revoked")]},
        "D", "blacklisted"),
    "ours: a revoked licence is no milder than C": Case(
        {"enterprise": [{**FIRM, "status": "revoked"}]}, "C", "licence_revoked"),
    "ours: it makes no band milder": Case({"enterprise": [{**FIRM, "status": "revoked"}]}, "D", score=800),
    "ours: nor a list": Case(
        {"enterprise": [{**FIRM, "status": "revoked"}], "serious_listing": [LISTED]}, "D", "blacklisted"),
    "ours: a licence that was given back": Case(
        {"enterprise": [{**FIRM, "status": "revoked"}, {**FIRM, "record_id": "r2", "valid_from": date(2026, 6, 1)}]},
        "A"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", LAW)
def test_what_is_on_record_gives_the_grade_that_the_text_gives(fire: Any, yunnan: Scheme, sentence: str) -> None:
    case = LAW[sentence]
    rows = (
        case.rows
        if any("enterprise_id" in one for of in case.rows.values() for one in of)
        else {**case.rows, "enterprise": [FIRM]}
    )
    applying = in_force(case.decisions, case.on)
    fired = fire(rows, case.on, decisions=applying)
    (graded,) = grade_block(yunnan, ["e1"], np.array([case.score]), fired, applying).to_pylist()
    assert (graded["grade"], graded["decided_by"], graded["pending_options"]) == (
        case.grade,
        case.decided_by,
        case.options,
    )


def test_every_rule_of_the_scheme_has_its_line(yunnan: Scheme) -> None:
    assert {case.decided_by for case in LAW.values()} == {*(rule.id for rule in yunnan.rules), "band"}


def test_art13_the_slip_stays_in_the_quotation_and_not_in_the_name_of_the_grade(yunnan: Scheme) -> None:
    """信息风险低 in Arts. 13 and 18 is a slip for 信用风险低, as Art. 24 has it."""
    assert yunnan.grades[0].label.zh == "信用风险低"
    (opening,) = (one.opening.text.zh for one in yunnan.measures if one.grades == ("A",))
    assert "信息风险低" in opening
    assert "之误" in yunnan.note.zh


def test_what_the_text_does_not_say_is_called_ours(yunnan: Scheme) -> None:
    """A rule that the text does not have, or whose threshold it leaves open, says how it is read; the text's own rules
    say nothing.
    """
    read = {rule.id for rule in yunnan.rules if rule.reading is not None}
    assert read == {
        "serious_negative_effect",
        "own_dishonest_listing",
        "dishonest_responsible_person",
        "licence_revoked",
    }
    assert "示意" in next(
        rule.reading.zh for rule in yunnan.rules if rule.id == "serious_negative_effect" and rule.reading
    )


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


@pytest.mark.parametrize(
    ("switch", "grade", "decided_by", "options"),
    [("band", "A", "band", ["C", "D"]), ("hold", "C", "serious_negative_effect", ["C", "D"])],
)
def test_art15_3_whether_a_proposal_already_holds_is_a_switch(
    fire: Any, yunnan: Scheme, switch: str, grade: str, decided_by: str, options: list[str]
) -> None:
    rule = yunnan.rule("serious_negative_effect")
    assert rule.effect.unconfirmed == "band"  # ours: off
    changed = rule.model_copy(update={"effect": rule.effect.model_copy(update={"unconfirmed": switch})})
    scheme = yunnan.model_copy(update={"rules": tuple(changed if one.id == rule.id else one for one in yunnan.rules)})
    (graded,) = grade_block(
        scheme, ["e1"], np.array([100.0]), fire({"opinion": [OPINION]}, T, scheme=scheme)
    ).to_pylist()
    assert (graded["grade"], graded["decided_by"], graded["pending_options"]) == (grade, decided_by, options)


REGISTERED = {"division": "530111", "kind": "limited_company", "status": "active"}


@pytest.mark.parametrize(
    ("registration", "failed", "unknown"),
    [
        ({}, [], []),
        ({"division": "533400", "kind": "branch"}, [], []),
        ({"kind": "non_company_legal_person"}, [], []),
        ({"kind": "partnership"}, [], []),
        ({"kind": "sole_proprietorship"}, [], []),
        ({"kind": "cooperative"}, [], []),  # ours
        ({"status": "revoked"}, [], []),
        ({"kind": "individual_business"}, ["企业类型"], []),
        ({"division": "520100"}, ["登记地"], []),
        ({"division": "520100", "kind": "individual_business"}, ["登记地", "企业类型"], []),
        ({"division": None}, [], ["登记地"]),  # ours: in
        ({"kind": None}, [], ["企业类型"]),
    ],
)
def test_art2_who_is_in_the_scope_and_which_condition_failed_or_is_unknown(
    yunnan: Scheme, registration: dict[str, Any], failed: list[str], unknown: list[str]
) -> None:
    """Registered in Yunnan; legal persons, others and branches: graded, and everyone else not, with the condition."""
    assert yunnan.scope is not None
    one = {**REGISTERED, **registration}
    values = ", ".join("CAST(NULL AS VARCHAR)" if value is None else f"'{value}'" for value in one.values())
    found = in_scope(yunnan.scope, duckdb.connect(), f"(SELECT * FROM (VALUES ({values})) v ({', '.join(one)}))")
    assert ([label.zh for label in found.failed], [label.zh for label in found.unknown]) == (failed, unknown)
    (kept,) = duckdb.sql(f"SELECT {yunnan.in_scope_sql} FROM (VALUES ({values})) v ({', '.join(one)})").fetchall()
    assert kept == (not failed,)


def test_arts18_to_21_say_how_the_draw_changes_and_that_d_is_visited_but_not_by_how_much(yunnan: Scheme) -> None:
    """Art. 17 asks for ratio and frequency: the text has no number, and none is invented; a plan is to have them."""
    drawn = {one.grades[0]: (one.sampling, one.on_site_required) for one in yunnan.measures}
    assert drawn == {
        "A": ("lower", False),
        "B": ("normal", False),
        "C": ("raise_moderately", False),
        "D": ("raise_greatly", True),
    }
