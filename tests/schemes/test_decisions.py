from datetime import date

import pytest

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.ledger import Ledger
from riskml.schemes.decisions import Decision, checked_decision, in_force, read_decisions, record_decision
from riskml.schemes.scheme import Scheme

GOOD = {"enterprise_id": "e1", "rule": "serious_negative_effect", "evidence": ["o2", "o1", "o2"], "grade": "D",
    "officer": "王某",
        "reason": "媒体集中报道，"
                  "消费者反映强烈", "decided_on": date(2026, 6, 1), "expires_on": date(2026, 9, 1)}  # fmt: skip


def recorded(ledger, scheme, **asked):
    made = checked_decision(scheme, **asked)
    record_decision(ledger, made)
    return made


def test_a_decision_is_appended_and_read_again(tmp_path, yunnan):
    ledger = Ledger(tmp_path / "data" / "ledger.jsonl")
    assert read_decisions(ledger) == ()
    first = recorded(ledger, yunnan, **GOOD)
    before = ledger.path.read_bytes()
    second = recorded(ledger, yunnan, **{**GOOD, "grade": "C", "decided_on": date(2026, 7, 1)})
    assert ledger.path.read_bytes().startswith(before)
    assert read_decisions(ledger) == (first, second)
    assert first.evidence == ("o1", "o2")
    assert "媒体集中报道" in ledger.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("grade", "B", "grade: rule serious_negative_effect takes C, D, not_established, not 'B'"),
        ("rule", "blacklisted", "leaves nothing to answer"),
        ("rule", "dishonest_post_holder", "takes not_same_person, same_person, not 'D'"),
        ("grade", "not_same_person", "takes C, D, not_established, not 'not_same_person'"),
        ("expires_on", None, "others need one"),
        ("rule", "unheard_of", "no rule 'unheard_of'; there are blacklisted"),
        ("officer", "  ", "officer: "),
        ("reason", "", "reason: "),
        ("evidence", [], "evidence: "),
        ("enterprise_id", "", "enterprise_id: "),
        ("expires_on", date(2026, 6, 1), "must lie after decided_on"),
        ("second", "王某", "cannot sign twice"),
        ("second", " 王 某　", "cannot sign twice"),
        ("decided_on", date(2126, 6, 1), "a decision takes effect on its day and none can lie ahead"),
    ],
)
def test_a_wrong_decision_is_refused_by_field_and_nothing_is_written(tmp_path, yunnan, field, value, says):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(ConfigurationError) as error:
        recorded(ledger, yunnan, **{**GOOD, field: value})
    assert says in error.value.en
    assert not ledger.path.exists()


def test_art15_3_an_officer_may_answer_that_it_is_not_established(tmp_path, yunnan):
    made = recorded(Ledger(tmp_path / "ledger.jsonl"), yunnan, **{**GOOD, "grade": "not_established"})
    assert made.grade == "not_established"


IDENTITY = {**GOOD, "rule": "dishonest_post_holder", "grade": "not_same_person", "evidence": ["d1"], "expires_on": None}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("evidence", ["d1", "d2"], "one listing at a time"), ("expires_on", date(2027, 1, 1), "have none")],
)
def test_art15_2_who_a_listed_person_is_is_answered_for_one_listing_and_for_good(tmp_path, yunnan, field, value, says):
    with pytest.raises(ConfigurationError, match=says):
        recorded(Ledger(tmp_path / "ledger.jsonl"), yunnan, **{**IDENTITY, field: value})


def test_art15_2_the_answer_about_each_listing_stays_until_it_is_taken_back(tmp_path, yunnan):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    first = recorded(ledger, yunnan, **IDENTITY)
    other = recorded(ledger, yunnan, **{**IDENTITY, "evidence": ["d2"], "decided_on": date(2026, 6, 2)})
    assert in_force(read_decisions(ledger), date(2036, 1, 1)) == (first, other)
    back = recorded(ledger, yunnan, **{**IDENTITY, "grade": "same_person", "decided_on": date(2026, 7, 1)})
    assert in_force(read_decisions(ledger), date(2026, 6, 30)) == (first, other)
    assert in_force(read_decisions(ledger), date(2026, 7, 1)) == (back, other)


def test_art15_3_a_second_person_signs_where_the_scheme_asks_for_it(yunnan):
    content = yunnan.model_dump(by_alias=True)
    for rule in content["rules"]:
        if rule["id"] == GOOD["rule"]:
            rule["effect"]["second_signature"] = True
    strict = Scheme.model_validate(content)
    with pytest.raises(ConfigurationError, match="second signature"):
        checked_decision(strict, **GOOD)
    assert checked_decision(strict, **GOOD, second="赵某").second == "赵某"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"scheme": "yunnan"}, "line 2: enterprise_id: is required"),
        (
            {**GOOD, "scheme": "yunnan", "decided_on": "1 June", "expires_on": "2026-09-01"},
            "line 2: decided_on: should be a date",
        ),
    ],
)
def test_a_decision_of_another_form_is_named_by_line(tmp_path, yunnan, content, says):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    recorded(ledger, yunnan, **GOOD)
    ledger.append("decision", content)
    with pytest.raises(RunError) as error:
        read_decisions(ledger)
    assert says in error.value.en
    assert "第 2 行" in error.value.zh


def decided(grade, on, expires, **more):
    return Decision.model_validate(
        {
            "scheme": "yunnan",
            **GOOD,
            "evidence": ("o1",),
            "grade": grade,
            "decided_on": on,
            "expires_on": expires,
            **more,
        }
    )


def test_art15_3_a_decision_applies_from_its_day_to_the_day_before_its_expiry():
    one = decided("D", date(2026, 6, 1), date(2026, 9, 1))
    assert in_force([one], date(2026, 5, 31)) == ()
    assert in_force([one], date(2026, 6, 1)) == (one,)
    assert in_force([one], date(2026, 8, 31)) == (one,)
    assert in_force([one], date(2026, 9, 1)) == ()


def test_the_latest_decision_replaces_the_earlier_for_good():
    harsh = decided("D", date(2026, 1, 1), date(2027, 1, 1))
    mild = decided("C", date(2026, 3, 1), date(2026, 4, 1))
    for log in ([harsh, mild], [mild, harsh]):
        assert in_force(log, date(2026, 2, 28)) == (harsh,)
        assert in_force(log, date(2026, 3, 1)) == (mild,)
        assert in_force(log, date(2026, 4, 1)) == ()


def test_of_two_decisions_on_one_day_the_later_line_counts():
    first, second = decided("D", date(2026, 6, 1), date(2026, 9, 1)), decided("C", date(2026, 6, 1), date(2026, 9, 1))
    assert in_force([first, second], date(2026, 6, 2)) == (second,)


def test_enterprises_rules_and_schemes_are_apart():
    span = (date(2026, 6, 1), date(2026, 9, 1))
    log = [
        decided("D", *span),
        decided("C", *span, enterprise_id="e2"),
        decided("C", *span, rule="other"),
        decided("C", *span, scheme="other"),
    ]
    assert set(in_force(log, date(2026, 6, 2))) == set(log)
