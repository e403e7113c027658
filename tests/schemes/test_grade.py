from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskml.core.errors import RunError
from riskml.schemes.decisions import Decision
from riskml.schemes.grade import grade_block
from riskml.schemes.scheme import Scheme

T = date(2026, 6, 30)
SCHEMA = pa.schema({
    "enterprise_id": pa.string(), "as_of": pa.date32(), "rule": pa.string(), "effect": pa.string(),
    "grades": pa.list_(pa.string()),
    "article": pa.string(), "evidence": pa.list_(pa.string()),
})  # fmt: skip


def fired(scheme, *pairs, evidence=("r1",)):
    return pa.Table.from_pylist(
        [
            {"enterprise_id": who, "as_of": T, "rule": rule, "effect": scheme.rule(rule).effect.kind,
             "grades": list(scheme.rule(rule).effect.grades),
             "article": scheme.rule(rule).article.number, "evidence": list(evidence)}
            for who, rule in pairs
        ],
        schema=SCHEMA,
    )  # fmt: skip


def decision(grade="D", rule="serious_negative_effect", **more):
    content = {"scheme": "yunnan", "enterprise_id": "e", "rule": rule, "evidence": ("r1",), "grade": grade,
        "officer": "王某",
               "reason": "媒体集中报道", "decided_on": date(2026, 6, 1), "expires_on": date(2026, 9, 1)}  # fmt: skip
    return Decision.model_validate({**content, **more})


def one(scheme, score, *rules, decisions=(), evidence=("r1",)):
    table = grade_block(
        scheme, ["e"], np.array([score]), fired(scheme, *(("e", rule) for rule in rules), evidence=evidence), decisions
    )
    return table.to_pylist()[0]


def changed(scheme, **effects):
    """The scheme with other effects: rule id → effect."""
    content = scheme.model_dump(by_alias=True)
    for rule in content["rules"]:
        rule["effect"] = effects.get(rule["id"], rule["effect"])
    return Scheme.model_validate(content)


@pytest.mark.parametrize(
    ("score", "grade"),
    [(0, "A"), (199.999, "A"), (200, "B"), (499.999, "B"), (500, "C"), (749.999, "C"), (750, "D"), (1000, "D")],
)
def test_art13_bands(yunnan, score, grade):
    assert one(yunnan, score) == {
        "enterprise_id": "e", "score": score, "band": grade, "grade": grade, "decided_by": "band", "pending": False,
        "pending_options": [], "rules": [],
    }  # fmt: skip


@pytest.mark.parametrize("score", [-0.001, 1000.001, float("nan"), float("inf")])
def test_a_score_outside_the_range_is_refused(yunnan, score):
    with pytest.raises(RunError, match="1 enterprises have a score outside 0 to 1000, such as e"):
        one(yunnan, score)


@pytest.mark.parametrize("score", [10, 300, 600, 900])
def test_art15_1_blacklist_gives_d(yunnan, score):
    row = one(yunnan, score, "blacklisted")
    assert (row["grade"], row["decided_by"], row["rules"], row["pending"]) == (
        "D",
        "blacklisted",
        ["blacklisted"],
        False,
    )


@pytest.mark.parametrize("score", [10, 300, 600, 900])
def test_art15_2_dishonest_post_holder_gives_d(yunnan, score):
    row = one(yunnan, score, "dishonest_post_holder")
    assert (row["grade"], row["decided_by"]) == ("D", "dishonest_post_holder")


@pytest.mark.parametrize(
    ("score", "grade", "decided_by"),
    [(10, "A", "band"), (300, "B", "band"), (600, "C", "band"), (900, "D", "band")],
)
def test_art15_3_until_an_officer_confirms_the_grade_is_the_band_s(yunnan, score, grade, decided_by):
    row = one(yunnan, score, "serious_negative_effect")
    assert (row["grade"], row["decided_by"], row["pending"], row["pending_options"]) == (
        grade,
        decided_by,
        True,
        ["C", "D"],
    )


@pytest.mark.parametrize(
    ("score", "grade", "decided_by"),
    [
        (10, "C", "serious_negative_effect"),
        (300, "C", "serious_negative_effect"),
        (600, "C", "band"),
        (900, "D", "band"),
    ],
)
def test_art15_3_a_scheme_may_hold_what_is_unconfirmed_at_c_which_never_improves_the_band(
    yunnan, score, grade, decided_by
):
    holding = changed(yunnan, serious_negative_effect={"officer_choice": ["C", "D"], "unconfirmed": "hold"})
    row = one(holding, score, "serious_negative_effect")
    assert (row["grade"], row["decided_by"], row["pending"], row["pending_options"]) == (
        grade,
        decided_by,
        True,
        ["C", "D"],
    )


@pytest.mark.parametrize(
    ("score", "choice", "grade", "decided_by"),
    [
        (10, "C", "C", "serious_negative_effect"),
        (10, "D", "D", "serious_negative_effect"),
        (900, "D", "D", "band"),
        (900, "C", "D", "band"),
    ],
)
def test_art15_3_decided(yunnan, score, choice, grade, decided_by):
    row = one(yunnan, score, "serious_negative_effect", decisions=[decision(choice)])
    assert (row["grade"], row["decided_by"], row["pending"], row["pending_options"]) == (grade, decided_by, False, [])


def test_art15_3_a_decision_lapses_when_none_of_its_evidence_counts_any_more(yunnan):
    kept = one(yunnan, 10, "serious_negative_effect", decisions=[decision()], evidence=("r1", "r2"))
    gone = one(yunnan, 10, "serious_negative_effect", decisions=[decision()], evidence=("r2",))
    assert (kept["grade"], kept["pending"]) == ("D", False)
    assert (gone["grade"], gone["pending"]) == ("A", True)


@pytest.mark.parametrize("unconfirmed", ["band", "hold"])
def test_art15_3_not_established_ends_the_waiting_and_nothing_follows(yunnan, unconfirmed):
    scheme = changed(yunnan, serious_negative_effect={"officer_choice": ["C", "D"], "unconfirmed": unconfirmed})
    row = one(scheme, 10, "serious_negative_effect", decisions=[decision("not_established")])
    assert (row["grade"], row["decided_by"], row["pending"], row["pending_options"]) == ("A", "band", False, [])


def test_a_revoked_licence_is_a_floor_at_c_as_this_scheme_chose(yunnan):
    assert [one(yunnan, score, "licence_revoked")["grade"] for score in (10, 300, 600, 900)] == ["C", "C", "C", "D"]
    assert yunnan.rule("licence_revoked").reading is not None  # ours, and shown as ours


def test_art15_3_a_decision_without_its_rule_does_nothing(yunnan):
    assert one(yunnan, 10, decisions=[decision()])["grade"] == "A"


@pytest.mark.parametrize("but", [{"scheme": "other"}, {"enterprise_id": "f"}, {"rule": "blacklisted"}, {"grade": "B"}])
def test_art15_3_waits_where_the_decision_is_about_something_else_or_chose_what_is_not_offered(yunnan, but):
    row = one(yunnan, 10, "serious_negative_effect", decisions=[decision(**but)])
    assert (row["grade"], row["pending"]) == ("A", True)


def test_the_first_rule_of_the_scheme_is_named_where_several_give_the_same(yunnan):
    row = one(yunnan, 10, "dishonest_post_holder", "serious_negative_effect", "blacklisted")
    assert (row["grade"], row["decided_by"]) == ("D", "blacklisted")
    assert row["rules"] == ["blacklisted", "dishonest_post_holder", "serious_negative_effect"]


def test_the_riskiest_of_several_fixed_grades_and_of_several_floors(yunnan):
    fixed = changed(yunnan, blacklisted={"fixed": "B"}, dishonest_post_holder={"fixed": "C"})
    floors = changed(yunnan, blacklisted={"floor": "B"}, dishonest_post_holder={"floor": "C"})
    assert one(fixed, 900, "blacklisted", "dishonest_post_holder")["grade"] == "C"
    assert one(floors, 10, "blacklisted", "dishonest_post_holder")["decided_by"] == "dishonest_post_holder"
    assert one(floors, 900, "blacklisted", "dishonest_post_holder")["grade"] == "D"


def test_a_fixed_grade_applies_whatever_the_band_and_the_floors(yunnan):
    scheme = changed(yunnan, blacklisted={"fixed": "B"}, dishonest_post_holder={"floor": "D"})
    row = one(scheme, 900, "blacklisted", "dishonest_post_holder")
    assert (row["band"], row["grade"], row["decided_by"]) == ("D", "B", "blacklisted")


def test_what_does_not_belong_to_the_block_is_refused(yunnan):
    scores = np.array([1.0])
    with pytest.raises(ValueError, match="unknown enterprise: f"):
        grade_block(yunnan, ["e"], scores, fired(yunnan, ("f", "blacklisted")))
    with pytest.raises(ValueError, match="unknown rule"):
        grade_block(
            yunnan,
            ["e"],
            scores,
            pa.table({"enterprise_id": ["e"], "as_of": [T], "rule": ["other"], "evidence": [["r1"]]}),
        )
    with pytest.raises(ValueError, match="several as-of dates"):
        grade_block(yunnan, ["e"], scores,
            pa.table({"enterprise_id": ["e", "e"], "as_of": [T, date(2026, 5, 31)], "rule": ["blacklisted"] * 2,
                                                     "evidence": [["r1"]] * 2}))  # fmt: skip
    with pytest.raises(ValueError, match="twice"):
        grade_block(yunnan, ["e", "e"], np.array([1.0, 2.0]), fired(yunnan))
    with pytest.raises(ValueError, match="shape"):
        grade_block(yunnan, ["e"], np.array([1.0, 2.0]), fired(yunnan))


RULES = ("blacklisted", "dishonest_post_holder", "serious_negative_effect")
scores = st.floats(0, 1000)
rule_sets = st.sets(st.sampled_from(RULES))
choices = st.sampled_from([None, "C", "D"])


def rank(scheme, score, rules, choice):
    row = one(scheme, score, *sorted(rules), decisions=[decision(choice)] if choice else [])
    return scheme.grade_names.index(row["grade"])


@given(one_score=scores, other_score=scores, rules=rule_sets, choice=choices)
def test_a_higher_score_never_gives_a_milder_grade(yunnan, one_score, other_score, rules, choice):
    low, high = sorted((one_score, other_score))
    assert rank(yunnan, low, rules, choice) <= rank(yunnan, high, rules, choice)


@given(score=scores, rules=rule_sets, more=rule_sets, choice=choices)
def test_more_rules_never_give_a_milder_grade_in_yunnan(yunnan, score, rules, more, choice):
    assert rank(yunnan, score, rules, choice) <= rank(yunnan, score, rules | more, choice)


@given(
    entries=st.lists(st.tuples(scores, rule_sets, choices), min_size=1, max_size=12),
    shuffle=st.randoms(use_true_random=False),
)
def test_the_block_and_the_order_of_rows_make_no_difference(yunnan, entries, shuffle):
    named = [(f"e{number}", *entry) for number, entry in enumerate(entries)]
    decisions = [decision(choice, enterprise_id=who) for who, _, _, choice in named if choice]
    alone = {
        who: grade_block(
            yunnan, [who], np.array([score]), fired(yunnan, *((who, rule) for rule in rules)), decisions
        ).to_pylist()[0]
        for who, score, rules, _ in named
    }
    shuffle.shuffle(named)
    pairs = [(who, rule) for who, _, rules, _ in named for rule in rules]
    shuffle.shuffle(pairs)
    shuffle.shuffle(decisions)
    together = grade_block(
        yunnan,
        [who for who, *_ in named],
        np.array([score for _, score, *_ in named]),
        fired(yunnan, *pairs),
        decisions,
    )
    assert together.to_pylist() == [alone[who] for who, *_ in named]


def test_an_empty_block(yunnan):
    assert grade_block(yunnan, [], np.array([]), fired(yunnan)).num_rows == 0
