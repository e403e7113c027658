import pytest

from riskml.core.errors import ConfigurationError
from riskml.schemes.measures import measures_for


def articles(measures):
    return [provision.article.number for provision in measures.sentences]


@pytest.mark.parametrize(
    ("grade", "sampling", "on_site", "numbers"),
    [
        ("A", "lower", False, ["18(1)", "18(2)", "18(3)"]),
        ("B", "normal", False, ["19(1)", "19(2)", "19(3)"]),
        ("C", "raise_moderately", False, ["20(1)", "20(2)", "20(3)", "22"]),
        ("D", "raise_greatly", True, ["21(1)", "21(2)", "21(3)", "22"]),
    ],
)
def test_arts18_to_22_measures_of_each_grade(yunnan, grade, sampling, on_site, numbers):
    measures = measures_for(yunnan, grade, new_economy=False)
    assert (measures.sampling, measures.on_site_required, articles(measures)) == (sampling, on_site, numbers)


@pytest.mark.parametrize(("grade", "may"), [("A", True), ("B", True), ("C", False), ("D", False)])
def test_arts18_and_19_may_be_taken_arts20_and_21_are_to_be(yunnan, grade, may):
    assert ("可以对" in measures_for(yunnan, grade, new_economy=False).opening.text.zh) is may


@pytest.mark.parametrize(("grade", "says"), [("A", "观察期"), ("B", "观察期"), ("C", None), ("D", "严格监管措施")])
def test_art24_new_economy(yunnan, grade, says):
    added = [
        provision
        for provision in measures_for(yunnan, grade, new_economy=True).sentences
        if provision.article.number == "24"
    ]
    assert [says in provision.text.zh for provision in added] == ([True] if says else [])


def test_a_grade_that_does_not_exist(yunnan):
    with pytest.raises(ConfigurationError, match="no grade 'E'; there are A, B, C, D"):
        measures_for(yunnan, "E", new_economy=False)
