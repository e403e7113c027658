"""Plans: ratios, floors, caps, budget, and what is said where they cannot all hold."""

from datetime import date

import numpy as np
import pytest
from hand_plans import CONTENT, GRADES, INSPECTORS, code, column, people_of, planned, settings_of

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import shipped_files
from riskml.core.validation import ContentError
from riskml.planning.against_text import refuse_against_text
from riskml.planning.office_lists import OfficeLists, Wanted, read_lists
from riskml.planning.settings import PlanSettings, read_settings
from riskml.sampling.draw import WHOLE
from riskml.sampling.probabilities import chances_of
from riskml.schemes.scheme import load_scheme


def chances(made):
    return column(made, "probability") / WHOLE


def conflict(made, kind):
    return next(one for one in made.conflicts if one.kind == kind)


def test_ratios_floor_and_budget_hold():
    made = planned()
    found, grades = chances(made), np.array(list(GRADES))
    for one in made.settings.ratios:
        assert found[grades == one.grade].mean() == pytest.approx(one.ratio, rel=0.03)
    assert found.min() >= made.settings.p_min
    assert made.people["probability"].to_numpy().sum() == made.size * WHOLE
    assert made.fixed_days + made.expected_days <= made.settings.budget.inspector_days
    assert not made.conflicts


def test_the_riskier_of_a_grade_are_likelier_and_the_warned_more_so():
    found = chances(planned(settings_of(tilt={"power": 3, "warned": 5}), people_of(warned={301: True})))
    assert (np.diff(found[200:300]) >= -1e-9).all()
    assert found[299] > 2 * found[200]
    assert found[301] == pytest.approx(5 * (found[300] + found[302]) / 2, rel=0.05)


def test_art21_2_everyone_in_d_is_visited_and_the_draw_stands_beside():
    made = planned(people=people_of(visited={379: True}, due={378: date(2026, 12, 9)}))
    arms, days = column(made, "arms"), made.people.sort_by("enterprise_id")["last_day"].to_pylist()
    assert list(arms[360:379]) == ["directed"] * 19
    assert arms[379] == ""  # was visited this quarter
    assert (days[377], days[378], days[379]) == (date(2026, 12, 31), date(2026, 12, 9), None)
    assert chances(made)[360] > 0
    assert made.fixed_days == 38


def test_the_cap_is_hard_and_specials_are_outside_it():
    lists = OfficeLists((Wanted(code(1), "special:GJ-7"), Wanted(code(2), "department:fire")), INSPECTORS, ())
    made = planned(people=people_of(visits={1: 3, 2: 3, 370: 3}), lists=lists)
    arms, found = column(made, "arms"), chances(made)
    assert list(arms[[1, 2, 370]]) == ["special:GJ-7", "", ""]
    assert not found[[1, 2, 370]].any()
    assert [(one.lacking, one.blocks) for one in made.conflicts if one.kind == "cap"] == [
        (3, False), (1, False), (1, False),
    ]  # fmt: skip
    assert "p_min does not hold" in conflict(made, "cap").said.en


def test_departments_that_want_one_enterprise_come_together():
    wanted = (
        Wanted(code(5), "department:tax"),
        Wanted(code(5), "department:fire", "fire"),
        Wanted(code(365), "officer"),
    )
    settings = settings_of(officers={"share": 0.2, "file": "officers.csv"})
    made = planned(settings, lists=OfficeLists(wanted, INSPECTORS, ()))
    assert column(made, "arms")[5] == "department:fire+department:tax"
    assert column(made, "field")[5] == "fire"
    assert column(made, "arms")[365] == "directed+officer"
    assert "no inspector is qualified for fire, which 1 enterprises are of" in conflict(made, "inspectors").said.en


def test_who_was_drawn_as_often_as_may_be_is_not_drawn():
    made = planned(people=people_of(draws={0: 1, 250: 1}))
    assert chances(made)[0] == 0
    assert made.drawable == len(GRADES) - 1
    assert chances(made)[250] > 0
    assert conflict(made, "frequency").lacking == 1
    assert "p_min does not hold for them" in conflict(made, "frequency").said.en


def test_art24_the_observed_have_the_least_chance():
    found = chances(planned(people=people_of(observed={150: True, 199: True})))
    assert found[150] == pytest.approx(0.01, abs=1e-6)
    assert found[199] == pytest.approx(0.01, abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"budget": {"inspector_days": 30}},
            "visits without a draw take 40.0 inspector-days of 30.0: 10.0 are lacking",
        ),
        ({"budget": {"inspector_days": 42}}, "a chance of 0.01 for everyone takes 4.2"),
        (
            {"budget": {"inspector_days": 60}},
            "the ratios take 36.0 inspector-days, 20.0 are there for drawing: 16.0 are lacking",
        ),
    ],
)
def test_what_cannot_all_hold_is_said_and_by_how_much(changed, said):
    with pytest.raises(RunError) as raised:
        planned(settings_of(**changed))
    assert said in raised.value.en


def test_art24_days_that_are_left_raise_nobody_who_is_observed():
    chance = chances_of(np.zeros(100, int), (40.0,), np.ones(100), 0.05, at_floor=np.arange(100) >= 10)
    assert chance[10:] / WHOLE == pytest.approx(0.05, abs=1e-6)
    assert chance.sum() == 14 * WHOLE  # ten for certain and 4.5 of the others would be more than anybody has room for


def test_where_nobody_can_be_drawn_it_says_why():
    with pytest.raises(RunError, match="every enterprise is at the cap"):
        planned(people=people_of("ABC" * 20, visits=dict.fromkeys(range(60), 3)))


def test_a_period_of_several_quarters_says_that_a_quarter_has_one_visit():
    made = planned(settings_of(period={"from": date(2026, 9, 1), "until": date(2026, 12, 31)}))
    assert conflict(made, "frequency").lacking == GRADES.count("D")
    assert "plans of their own" in conflict(made, "frequency").said.en
    assert not planned().conflicts


def test_inspectors_conflicts_with_whom_nobody_grades_are_named():
    made = planned(lists=OfficeLists((), INSPECTORS, (("I0", code(3)), ("I0", "915301MISSING01"))))
    assert conflict(made, "scope").said.en.startswith("1 enterprises of the list of conflicts are not in the run (9153")
    assert not conflict(made, "scope").blocks


def test_grades_that_the_budget_makes_alike_are_named():
    made = planned(settings_of(p_min=0.02, budget={"inspector_days": 48.4, "short": "scale"}))
    assert "by the budget and p_min C is drawn no more than B, against Art. 20" in {
        one.said.en for one in made.conflicts
    }


def test_ratios_are_lowered_alike_where_the_plan_says_so():
    made = planned(settings_of(budget={"inspector_days": 60, "short": "scale"}))
    assert conflict(made, "quota").lacking == pytest.approx(16)
    assert made.fixed_days + made.expected_days == pytest.approx(60, abs=2)
    assert chances(made).min() >= 0.01


def test_days_that_are_left_raise_ratios_where_the_plan_says_so():
    made = planned(settings_of(budget={"inspector_days": 200, "left": "scale"}))
    assert any(f"multiplied by {made.allotted.factor:.3f}" in one.said.en for one in made.conflicts)
    assert made.fixed_days + made.expected_days == pytest.approx(200, abs=2)
    assert made.allotted.factor > 2


def test_where_fewer_than_two_inspectors_are_sent_is_said():
    made = planned(lists=OfficeLists((), (*INSPECTORS[:1], *INSPECTORS[1::2]), ()))
    assert conflict(made, "inspectors").lacking == len(GRADES) // 3  # those of 530402: one inspector goes there


def test_enterprises_that_nobody_grades_are_named():
    with pytest.raises(RunError, match="2 enterprises on lists are not in the run"):
        planned(lists=OfficeLists((Wanted("915301MISSING01", "officer"), Wanted("915301MISSING02", "officer")), (), ()))


def test_langfang_iv2_ratios_go_by_grade_and_trade():
    ratios = [{"grade": grade, "ratio": ratio} for grade, ratio in zip("ABCD", (0.02, 0.05, 0.2, 0.2), strict=True)]
    ratios.append({"grade": "A", "industry": "normal", "ratio": 0.1})
    settings = settings_of(scheme="langfang", ratios=ratios, budget={"inspector_days": 400}, tilt={"power": 0})
    industry = dict.fromkeys(range(50), "higher") | dict.fromkeys(range(50, 100), "normal")
    found = chances(planned(settings, people_of(industry=industry)))
    assert found[:50].mean() == pytest.approx(0.2, abs=0.05)  # A with a riskier trade: the class of both is C
    assert found[50:100].mean() == pytest.approx(0.1, abs=0.02)
    assert found[100:200].mean() == pytest.approx(0.02, abs=0.01)


def test_ratios_do_not_go_against_the_text():
    scheme = load_scheme(shipped_files() / "models" / "yunnan" / "scheme.yaml")
    refuse_against_text(settings_of(), scheme, "plan.yaml")
    with pytest.raises(
        ConfigurationError, match=r"ratio of C, 0.05, should be above that of B, 0.05 \(Arts. 20 and 19"
    ):
        refuse_against_text(
            settings_of(ratios=[{**one, "ratio": min(one["ratio"], 0.05)} for one in CONTENT["ratios"]]),
            scheme,
            "plan.yaml",
        )
    for ratios, said in (
        (CONTENT["ratios"][:3], "lack the grade D"),
        ([*CONTENT["ratios"], {"grade": "B", "ratio": 0.06}], "have B 2 times"),
        ([*CONTENT["ratios"], {"grade": "E", "industry": "low", "ratio": 0.06}], "have the grade E"),
        ([*CONTENT["ratios"], {"grade": "A", "industry": "low", "ratio": 0.02}], "A/low: yunnan combines no grade"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            refuse_against_text(settings_of(ratios=ratios), scheme, "plan.yaml")


def test_langfang_iv2_a_cell_of_the_text_is_of_its_class():
    scheme = load_scheme(shipped_files() / "models" / "langfang" / "scheme.yaml")
    open_cell, cell = ({"grade": "A", "industry": one, "ratio": 0.1} for one in ("normal", "low"))
    refuse_against_text(settings_of(scheme="langfang", ratios=[*CONTENT["ratios"], open_cell]), scheme, "plan.yaml")
    with pytest.raises(ConfigurationError, match=r"ratio of B, 0\.05, should be above that of A/low, 0\.1"):
        refuse_against_text(settings_of(scheme="langfang", ratios=[*CONTENT["ratios"], cell]), scheme, "plan.yaml")


def test_a_plan_that_is_wrong_is_refused_with_its_place(tmp_path):
    for changed, said in (
        ({"witnesses": []}, "public event or witnesses"),
        ({"p_min": 0.03}, "below p_min"),
        ({"period": {"from": date(2026, 12, 1), "until": date(2027, 1, 3)}}, "same year"),
    ):
        with pytest.raises((ContentError, ValueError), match=said):
            PlanSettings.model_validate({**CONTENT, **changed})
    path = tmp_path / "plan.yaml"
    path.write_text("plan: p\nscheme: yunnan\nratio: 3\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"plan\.yaml"):
        read_settings(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inspector,places,fields\n", "lacks the column 'days'"),
        ("inspector,places,fields,days\nI1,53,food,many\n", "line 2, days: 'many' should be days"),
        ("inspector,places,fields,days\nI1,53,food,3\nI1,53,food,3\n", "line 3, inspector: 'I1' should be a name"),
        ("inspector,places,fields,days\nI1,昆明,food,3\n", "line 2, places: '昆明' should be a division"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_place(tmp_path, text, said):
    (tmp_path / "inspectors.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        read_lists(settings_of(), tmp_path)
