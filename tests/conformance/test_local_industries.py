"""Every shipped local industry: its files agree, its matrix is the table it says it is, its indicators are sound and
its enterprises its own.
"""

from __future__ import annotations

import re

import pytest
from handmade import ROOT

from riskml.core.configuration import read_text
from riskml.core.workspace import Workspace
from riskml.features.specs import load_system
from riskml.records.industry_codes import refuse_overlaps
from riskml.runs.industries import load_industry
from riskml.schemes.industry import industry_scheme, parse_industry
from riskml.schemes.scheme import load_scheme
from riskml.training.settings import load_training

WORKSPACE = Workspace(ROOT)
NAMES = WORKSPACE.industries("yunnan")

LANGFANG_IV_2 = {("A", "A"): "A", ("B", "B"): "B", ("C", "C"): "C", **{("D", own): "D" for own in "ABCD"}}
"""What the text itself settles: both under the same sentence, or the general grade D."""


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def industry(name):
    return load_industry(WORKSPACE, "yunnan", name)


@pytest.fixture
def settings(name):
    return load_training(WORKSPACE.model(f"yunnan-{name}") / "training.yaml")[0]


def test_there_are_the_two_of_the_docs():
    assert NAMES == ("catering_food", "tourism")


def test_langfang_iv_2_cells_called_text_are_those_the_text_settles(industry):
    assert {
        (cell.general, cell.industry): cell.combined for cell in industry.matrix if cell.basis == "text"
    } == LANGFANG_IV_2


def test_langfang_iv_2_is_quoted_as_it_is(industry):
    assert industry.source.text.zh.startswith("对公共信用评价为A类或行业信用风险低的企业，可合理降低抽查比例和频次")
    assert industry.source.text.zh.endswith("对公共信用评价为D类的企业，依法依规严格执行限制措施。")


def test_every_pair_of_grades_has_one_combined_grade_no_milder_than_the_general(industry):
    pairs = [(cell.general, cell.industry) for cell in industry.matrix]
    assert sorted(pairs) == [(general, own) for general in "ABCD" for own in "ABCD"]
    assert all(cell.combined >= cell.general for cell in industry.matrix)


def test_the_bands_are_of_the_scheme_s_grades(industry):
    scheme = load_scheme(ROOT / "models" / "yunnan" / "scheme.yaml")
    applied = industry_scheme(scheme, industry)
    assert (applied.score, applied.rules, applied.grades) == (industry.score, (), scheme.grades)
    assert applied.bands == industry.score.bands


def test_the_overlay_adds_monotone_indicators_to_the_base_without_touching_it(name, settings):
    base = load_system(ROOT / "features")
    whole = load_system(ROOT / "features", *(ROOT / "features" / "overlays" / overlay for overlay in settings.overlays))
    assert settings.overlays == (name,)
    assert [column.name for column in whole.columns][: len(base.columns)] == [column.name for column in base.columns]
    added = whole.columns[len(base.columns) :]
    assert len(added) >= 5
    assert sum(column.constraint != 0 for column in added) >= 4
    for column in added:
        assert re.search("[\u4e00-\u9fff]", column.label.zh)
        assert not re.search("[\u4e00-\u9fff]", column.label.en)
        assert "16" in column.indicator.basis, column.name
    assert settings.past_penalties in {column.name for column in whole.columns}


def test_food_is_a_key_field_by_art4():
    assert load_industry(WORKSPACE, "yunnan", "catering_food").key_field == "food"


def test_no_two_cover_the_same_enterprise():
    refuse_overlaps({
        name: load_training(WORKSPACE.model(f"yunnan-{name}") / "training.yaml")[0].cohort.industries for name in NAMES
    })  # fmt: skip


def test_its_text_is_what_is_parsed(name):
    text = read_text(WORKSPACE.model(f"yunnan-{name}") / "industry.yaml")
    assert parse_industry(text, name) == load_industry(WORKSPACE, "yunnan", name)
