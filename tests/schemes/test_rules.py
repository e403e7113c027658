from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from riskml.records.effect_periods import EffectPeriods, Period, Version
from riskml.records.tables import TABLES, Label
from riskml.schemes.decisions import Decision
from riskml.schemes.grade import grade_block
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme

T = date(2026, 6, 30)


def listing(record_id="s1", enterprise_id="e1", start_date=date(2025, 3, 1), **more):
    return {
        "record_id": record_id,
        "enterprise_id": enterprise_id,
        "start_date": start_date,
        "list_kind": "tax",
        **more,
    }


def post(record_id="p1", enterprise_id="e1", person_id="q1", role="director", **more):
    return {"record_id": record_id, "enterprise_id": enterprise_id, "start_date": date(2020, 1, 1),
        "person_id": person_id,
            "person_name": "某某", "role": role, **more}  # fmt: skip


def debtor(record_id="d1", subject_id="q1", start_date=date(2025, 5, 1), **more):
    return {
        "record_id": record_id,
        "subject_id": subject_id,
        "subject_kind": "person",
        "start_date": start_date,
        **more,
    }


def opinion(record_id="o1", enterprise_id="e1", event_date=date(2026, 5, 1), **more):
    return {"record_id": record_id, "enterprise_id": enterprise_id, "event_date": event_date, "sentiment": "negative",
            "attention": "high", "effect": "serious", **more}  # fmt: skip


def amended(of_table, of_record, kind, event_date=date(2026, 1, 10), **more):
    return {
        "record_id": f"a-{of_record}",
        "of_table": of_table,
        "of_record": of_record,
        "kind": kind,
        "event_date": event_date,
        **more,
    }


def found(table):
    return [(row["enterprise_id"], row["rule"], row["evidence"]) for row in table.to_pylist()]


@pytest.mark.parametrize("kind", TABLES["serious_listing"].column("list_kind").codes)
def test_art15_1_any_department_s_blacklist_fires(fire, kind):
    fired = fire({"serious_listing": [listing(list_kind=kind)]}, T)
    assert fired.to_pylist() == [
        {
            "enterprise_id": "e1",
            "as_of": T,
            "rule": "blacklisted",
            "effect": "fixed",
            "grades": ["D"],
            "article": "15(1)",
            "evidence": ["s1"],
        }
    ]


def test_art15_1_lapses_when_the_listing_ends(fire):
    rows = {"serious_listing": [listing(end_date=date(2026, 6, 30))]}
    assert found(fire(rows, date(2026, 6, 29))) == [("e1", "blacklisted", ["s1"])]
    assert found(fire(rows, date(2026, 6, 30))) == []


def test_art15_1_an_end_that_was_not_yet_known_does_not_lift_it(fire):
    rows = {"serious_listing": [listing(end_date=date(2026, 6, 1), end_known_date=date(2026, 7, 5))]}
    assert found(fire(rows, T)) == [("e1", "blacklisted", ["s1"])]
    assert found(fire(rows, date(2026, 7, 5))) == []


def test_art15_1_an_ended_listing_still_in_its_effect_period_does_not_fire(fire):
    three_years = Period(clock="start_date", versions=(Version(in_force=date(2020, 1, 1), length="3y", basis="test"),))
    periods = EffectPeriods(label=Label("测试", "test"), scoring={"serious_listing": (three_years,)}, publicity={})
    assert found(fire({"serious_listing": [listing(end_date=date(2026, 6, 1))]}, T, periods=periods)) == []


FOUR_POSTS = ("legal_representative", "director", "supervisor", "senior_manager")
OTHER_POSTS = ("responsible_person", "executive_partner", "investor")


def registered(record_id="r1", enterprise_id="e1", valid_from=date(2019, 1, 1), **more):
    given = {"kind": "limited_company", "status": "active", "name": "某", "established_date": date(2019, 1, 1), **more}
    return {"record_id": record_id, "enterprise_id": enterprise_id, "valid_from": valid_from, **given}


@pytest.mark.parametrize("role", FOUR_POSTS)
def test_art15_2_every_post_of_the_article_fires(fire, role):
    fired = fire({"position": [post(role=role)], "dishonest_debtor": [debtor()]}, T)
    assert found(fired) == [("e1", "dishonest_post_holder", ["d1"])]
    assert fired["article"].to_pylist() == ["15(2)"]


def test_art15_2_fires_for_every_enterprise_where_the_person_holds_a_post(fire):
    rows = {
        "position": [post(), post("p2", "e2", role="supervisor"), post("p3", "e3", "q2")],
        "dishonest_debtor": [debtor()],
    }
    assert found(fire(rows, T)) == [("e1", "dishonest_post_holder", ["d1"]), ("e2", "dishonest_post_holder", ["d1"])]


def test_art15_2_lapses_with_the_post_and_with_the_listing(fire):
    left = {"position": [post(end_date=date(2026, 6, 1))], "dishonest_debtor": [debtor()]}
    performed = {"position": [post()], "dishonest_debtor": [debtor(end_date=date(2026, 6, 1))]}
    assert found(fire(left, T)) == []
    assert found(fire(performed, T)) == []


def test_art15_2_a_shareholder_never_fires(fire):
    held = {
        "record_id": "h1",
        "enterprise_id": "e1",
        "start_date": date(2020, 1, 1),
        "holder_id": "q1",
        "holder_kind": "person",
        "share": 0.9,
    }
    assert found(fire({"shareholding": [held], "position": [], "dishonest_debtor": [debtor()]}, T)) == []


@pytest.mark.parametrize("role", OTHER_POSTS)
@pytest.mark.parametrize(
    ("kind", "fires"),
    [("partnership", True), ("sole_proprietorship", True), ("branch", True), ("limited_company", False), (None, False)],
)
def test_art15_2_posts_of_enterprises_that_are_no_companies(fire, role, kind, fires):
    rows = {"enterprise": [registered(kind=kind)], "position": [post(role=role)], "dishonest_debtor": [debtor()]}
    assert found(fire(rows, T)) == ([("e1", "dishonest_responsible_person", ["d1"])] if fires else [])


def test_art15_2_a_person_s_listing_matches_persons_only(fire):
    """An enterprise's listing under the number of a person, and a person's under that of an enterprise, are nobody's
    here.
    """
    rows = {
        "position": [post()],
        "dishonest_debtor": [debtor("d1", "q1", subject_kind="enterprise"), debtor("d2", "e1", subject_kind="person")],
    }
    assert found(fire(rows, T)) == []


def answered(record, answer="not_same_person", enterprise="e1"):
    return Decision(scheme="yunnan", enterprise_id=enterprise, rule="dishonest_post_holder", evidence=(record,),
        grade=answer,
                    officer="王某", reason="身份证号登记有误", decided_on=date(2026, 6, 1),
                    expires_on=None)  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ((), [("e1", ["d1", "d2"]), ("e2", ["d1", "d2"])]),
        (
            (answered("d1"),),
            [("e1", ["d2"]), ("e2", ["d1", "d2"])],
        ),  # of the other listing, and of another enterprise, nothing was said
        ((answered("d1"), answered("d2")), [("e2", ["d1", "d2"])]),
        ((answered("d1", "same_person"),), [("e1", ["d1", "d2"]), ("e2", ["d1", "d2"])]),
        ((answered("it's"),), [("e1", ["d1", "d2"]), ("e2", ["d1", "d2"])]),
    ],
)
def test_art15_2_a_listing_of_somebody_else_holds_nothing_against_the_enterprise(fire, yunnan, answers, left):
    rows = {"position": [post(), post("p2", "e2")], "dishonest_debtor": [debtor(), debtor("d2")]}
    fired = fire(rows, T, decisions=answers)
    assert [(enterprise, evidence) for enterprise, _, evidence in found(fired)] == left
    graded = grade_block(yunnan, ["e1", "e2"], np.array([100.0, 100.0]), fired, answers)["grade"].to_pylist()
    assert graded == ["D" if one in dict(left) else "A" for one in ("e1", "e2")]


def test_art15_1_the_enterprise_s_own_listing_is_a_stated_choice(fire, yunnan):
    rows = {"position": [post()], "dishonest_debtor": [debtor(subject_id="e1", subject_kind="enterprise")]}
    fired = fire(rows, T)
    assert found(fired) == [("e1", "own_dishonest_listing", ["d1"])]
    assert (fired["article"].to_pylist(), fired["grades"].to_pylist()) == (["15(1)"], [["D"]])
    assert yunnan.rule("own_dishonest_listing").reading is not None
    content = yunnan.model_dump(by_alias=True)
    for rule in content["rules"]:
        rule["enabled"] = rule["id"] != "own_dishonest_listing"
    assert found(fire(rows, T, Scheme.model_validate(content))) == []


def test_a_revoked_licence_counts_as_it_stands_now(fire):
    revoked = registered("r2", valid_from=date(2024, 1, 1), status="revoked")
    rows = {"enterprise": [registered(), revoked]}
    assert found(fire(rows, T)) == [("e1", "licence_revoked", ["r2"])]
    restored = registered("r3", valid_from=date(2025, 1, 1))
    assert found(fire({"enterprise": [*rows["enterprise"], restored]}, T)) == []


def complaint(record_id, event_date=date(2026, 5, 1), accepted=True, enterprise_id="e1"):
    return {
        "record_id": record_id,
        "enterprise_id": enterprise_id,
        "event_date": event_date,
        "kind": "complaint",
        "accepted": accepted,
    }


@pytest.mark.parametrize(
    ("complaints", "fires"),
    [
        ([complaint(f"c{number}") for number in range(10)], True),
        ([complaint(f"c{number}") for number in range(9)], False),
        ([complaint(f"c{number}", accepted=number > 0 or None) for number in range(10)], False),
        ([complaint(f"c{number}", accepted=number > 0) for number in range(10)], False),
        ([complaint(f"c{number}", date(2026, 3, 30) if number else date(2026, 6, 1)) for number in range(10)], False),
    ],
    ids=["ten", "nine", "one of which nothing is known", "one not accepted", "nine too old"],
)
def test_art15_3_a_burst_of_accepted_complaints_proposes_a_case(fire, complaints, fires):
    assert [rule for _, rule, _ in found(fire({"complaint": complaints}, T))] == (
        ["serious_negative_effect"] if fires else []
    )


def test_art15_3_either_circumstance_proposes_and_the_evidence_is_that_of_both(fire):
    complaints = [complaint(f"c{number}") for number in range(10)]
    assert found(fire({"complaint": complaints, "opinion": [opinion()]}, T)) == [
        ("e1", "serious_negative_effect", [*(f"c{number}" for number in range(10)), "o1"])
    ]
    assert found(fire({"complaint": complaints[:3], "opinion": [opinion()]}, T)) == [
        ("e1", "serious_negative_effect", ["o1"])
    ]


def opened(evidence, tables, **more):
    content = {"scheme": "yunnan", "enterprise_id": "e1", "rule": "serious_negative_effect", "evidence": evidence,
        "evidence_tables": tables,
               "grade": "D", "officer": "王某", "reason": "群体性事件", "decided_on": date(2026, 6, 1),
               "expires_on": date(2026, 8, 1)}  # fmt: skip
    return Decision.model_validate({**content, **more})


def test_art15_3_a_case_that_an_officer_opened_rests_on_its_records_while_they_count(fire, yunnan):
    rows = {"complaint": [complaint("c1"), complaint("c2"), complaint("c1", enterprise_id="e2")]}
    case = opened(["c1", "c2"], ["complaint", "complaint"])
    fired = fire(rows, T, decisions=[case])
    assert found(fired) == [("e1", "serious_negative_effect", ["c1", "c2"])]
    assert grade_block(yunnan, ["e1"], np.array([100.0]), fired, [case])["grade"].to_pylist() == ["D"]
    gone = {**rows, "amendment": [amended("complaint", one, "revoked") for one in ("c1", "c2")]}
    assert found(fire(gone, T, decisions=[case])) == []
    assert found(fire(rows, date(2026, 8, 1), decisions=[case])) == []  # three months after the records
    assert found(fire(rows, T, decisions=[opened(["c1"], ["complaint"], scheme="other")])) == []


def test_art15_3_opens_a_choice_of_c_or_d(fire):
    assert fire({"opinion": [opinion("o2"), opinion("o1")]}, T).to_pylist() == [
        {"enterprise_id": "e1", "as_of": T, "rule": "serious_negative_effect", "effect": "officer_choice",
         "grades": ["C", "D"],
         "article": "15(3)", "evidence": ["o1", "o2"]}
    ]  # fmt: skip


@pytest.mark.parametrize("but", [{"attention": "normal"}, {"effect": "minor"}, {"sentiment": "neutral"}])
def test_art15_3_needs_attention_and_effect_and_a_negative_tone(fire, but):
    assert found(fire({"opinion": [opinion(**but)]}, T)) == []


@pytest.mark.parametrize(
    ("event", "last_day"),
    [
        (date(2026, 3, 15), date(2026, 6, 14)),
        (date(2025, 11, 30), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 5, 27)),
    ],
)
def test_art15_3_three_months_are_calendar_months(fire, event, last_day):
    rows = {"opinion": [opinion(event_date=event)]}
    assert found(fire(rows, last_day)) == [("e1", "serious_negative_effect", ["o1"])]
    assert found(fire(rows, last_day + timedelta(days=1))) == []


def test_a_record_not_yet_known_does_not_fire(fire):
    assert found(fire({"serious_listing": [listing(known_date=date(2026, 7, 1))]}, T)) == []


WHOLE = [("14(1)", "revoked"), ("14(2)", "changed"), ("14(4)", "misjudged"), ("14(5)", "repaired"), ("14(5)", "barred")]


@pytest.mark.parametrize(("article", "kind"), WHOLE)
@pytest.mark.parametrize(
    ("rows", "table", "record"),
    [
        ({"serious_listing": [listing()]}, "serious_listing", "s1"),
        ({"position": [post()], "dishonest_debtor": [debtor()]}, "dishonest_debtor", "d1"),
        ({"position": [post()], "dishonest_debtor": [debtor()]}, "position", "p1"),
        ({"opinion": [opinion()]}, "opinion", "o1"),
    ],
)
def test_art14_an_excluded_record_makes_the_rule_lapse(fire, yunnan, article, kind, rows, table, record):
    assert next(exclusion for exclusion in yunnan.exclusions if kind in exclusion.amendments).article.number == article
    late = date(2026, 6, 20)
    rows = {**rows, "amendment": [amended(table, record, kind, known_date=late)]}
    assert len(found(fire(rows, late - timedelta(days=1)))) == 1
    assert found(fire(rows, late)) == []


def test_art14_2_the_changed_version_takes_over_as_evidence(fire):
    rows = {
        "serious_listing": [listing("s1"), listing("s2", start_date=date(2026, 1, 10))],
        "amendment": [amended("serious_listing", "s1", "changed", replaced_by="s2")],
    }
    assert found(fire(rows, T)) == [("e1", "blacklisted", ["s2"])]


def test_art14_3_the_revoked_part_no_longer_counts_and_the_rest_does(fire, yunnan):
    penalty = {
        "record_id": "x1",
        "enterprise_id": "e1",
        "event_date": date(2025, 9, 1),
        "severity": "serious",
        "kind": "fine",
        "fine": 50,
    }
    rows = {"penalty": [penalty], "amendment": [amended("penalty", "x1", "partly_revoked", part="fine")]}
    rule = yunnan.rules[0].model_dump(by_alias=True)
    by_fine = Scheme.model_validate({
        **yunnan.model_dump(by_alias=True),
        "rules": [{**rule, "id": "large_fine", "from": "penalty", "where": "fine >= 50"},
                  {**rule, "id": "serious_penalty", "from": "penalty", "where": "severity = 'serious'"}],
    })  # fmt: skip
    before, after = date(2026, 1, 9), date(2026, 1, 10)
    assert found(fire(rows, before, by_fine)) == [("e1", "large_fine", ["x1"]), ("e1", "serious_penalty", ["x1"])]
    assert found(fire(rows, after, by_fine)) == [("e1", "serious_penalty", ["x1"])]


def test_from_records_to_the_grade_and_back_when_the_evidence_goes(fire, yunnan):
    rows = {"opinion": [opinion()], "serious_listing": [listing(end_date=date(2026, 6, 1))]}
    days = [date(2026, 5, 31), date(2026, 6, 30), date(2026, 8, 1)]
    graded = [grade_block(yunnan, ["e1"], np.array([300.0]), fire(rows, day)).to_pylist()[0] for day in days]
    assert [(row["grade"], row["decided_by"], row["pending"]) for row in graded] == [
        ("D", "blacklisted", True),
        ("B", "band", True),
        ("B", "band", False),
    ]


def test_at_least_counts_different_records(fire, yunnan):
    rule = {**yunnan.rule("dishonest_post_holder").model_dump(by_alias=True), "at_least": 2}
    twice = Scheme.model_validate({**yunnan.model_dump(by_alias=True), "rules": [rule]})
    one_person_two_posts = {"position": [post(), post("p2", role="supervisor")], "dishonest_debtor": [debtor()]}
    two_persons = {"position": [post(), post("p2", person_id="q2")], "dishonest_debtor": [debtor(), debtor("d2", "q2")]}
    assert found(fire(one_person_two_posts, T, twice)) == []
    assert found(fire(two_persons, T, twice)) == [("e1", "dishonest_post_holder", ["d1", "d2"])]


def test_a_rule_whose_records_were_never_received_cannot_be_known(yunnan):
    periods = EffectPeriods(label=Label("测试", "test"), scoring={}, publicity={})
    query = fired_rules_sql(yunnan, "asked", periods, {"serious_listing", "position", "enterprise"})
    assert query.unknown == {
        "dishonest_post_holder": ("dishonest_debtor",), "dishonest_responsible_person": ("dishonest_debtor",),
        "own_dishonest_listing": ("dishonest_debtor",), "serious_negative_effect": ("opinion", "complaint"),
    }  # fmt: skip
    assert "'blacklisted'" in query.sql
    assert "opinion" not in query.sql


def test_where_nothing_was_received_no_rule_fires_and_all_are_unknown(yunnan):
    periods = EffectPeriods(label=Label("测试", "test"), scoring={}, publicity={})
    query = fired_rules_sql(yunnan, "asked", periods, set())
    table = duckdb.sql(query.sql).to_arrow_table()
    assert set(query.unknown) == {rule.id for rule in yunnan.rules}
    assert table.num_rows == 0
    assert table.column_names == ["enterprise_id", "as_of", "rule", "effect", "grades", "article", "evidence"]
