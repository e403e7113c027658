"""The page and its charts: self-contained, escaped, and with Chinese text that stays text."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
import yaml
from handmade import in_memory
from one_language import foreign
from rich.console import Console

from riskml.core.language import Language, speaking
from riskml.explaining.charts import NARROW, WIDE, Step, dimension_steps, indicator_steps, waterfall
from riskml.explaining.computed import explain_anew
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.records.tables import TABLES, Label
from riskml.schemes.policy import Policy
from riskml.schemes.scheme import load_scheme, parse_scheme
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod

from .small_province import ROWS, SCHEME, T, amendment, enterprise, matrix_row

pytestmark = pytest.mark.usefixtures("in_chinese")

NAME = '<script>alert("x")</script> & [bold]公司'
FULL = ROWS | {
    "enterprise": [enterprise(name=NAME, new_economy=True)],
    "serious_listing": [{"record_id": "HMD-<1>", "enterprise_id": "E1", "start_date": date(2026, 1, 5),
    "list_kind": "tax"}],
    "opinion": [{"record_id": "YQ-1", "enterprise_id": "E1", "event_date": date(2026, 10, 1), "sentiment": "negative",
    "attention": "high",
                 "effect": "serious"}],
    "amendment": [amendment("penalty", "PEN-000", "repaired", date(2026, 9, 1))],
}  # fmt: skip


class Page(HTMLParser):
    """What a browser would find: tags opened and closed, attributes, text."""

    void = frozenset({"meta", "br", "col", "link", "img", "hr", "input"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_well_formed_without_scripts_or_anything_from_outside(explained, lang):
    with speaking(Language(lang)):
        text = render_page(explained(FULL))
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "href", "xlink:href"}]


def test_names_and_record_numbers_are_escaped(explained):
    text = render_page(explained(FULL))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert NAME in Page(text).text
    assert "HMD-<1>" in Page(text).text


def test_page_says_what_the_law_asks_for(explained):
    text = Page(render_page(explained(FULL))).text
    for expected in ("不作为对企业的信用评价，"
    "不向社会公开（《云南省市场监督管理系统企业信用风险分类管理办法（试行）》"
    "第五条）", "第十五条第（一）项", "待人员确认，可选类别", "第二十一条第（二）项", "第二十四条",
                     "第十四条第（五）项", "PEN-000", "若此时检查，检查发现问题的概率", "基准日"):  # fmt: skip
        assert expected in text


def test_sentences_stand_on_the_page(explained):
    one = explained(FULL)
    text = Page(render_page(one)).text
    assert all(reason.sentence.zh in text for reason in one.raised + one.lowered)


@pytest.mark.parametrize("layout", [WIDE, NARROW])
def test_chart_keeps_chinese_as_text_in_the_reader_s_font(explained, layout):
    one = explained()
    svg = waterfall(one, dimension_steps(one), layout=layout)
    shown = re.findall(r">([^<>]+)<", svg)
    assert {"监管信息", "企业基础属性信息", "本企业风险分", "A", "B", "C", "D"} <= set(shown)
    assert "Noto Sans CJK SC" in svg
    assert "<script" not in svg
    assert "http" not in svg


def test_chart_bars_lead_from_the_base_score_to_the_score(explained):
    one = explained()
    for steps in (dimension_steps(one), indicator_steps(one)):
        assert one.base_score + sum(step.points for step in steps) == pytest.approx(one.score, abs=1e-6)


def test_chart_escapes_labels_and_shows_sums_beyond_the_scale(explained):
    svg = waterfall(explained(), (Step(Label('<b>"&', '<b>"&'), 900.0), Step(Label("回", "back"), -850.0)))
    assert "<b>" not in svg
    assert "&lt;b&gt;" in svg
    assert "+900" in svg
    assert "−850" in svg


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_terminal_text_shows_names_as_they_are(explained, lang):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with speaking(Language(lang)):
        console.print(render_text(explained(FULL)))
    text = console.export_text()
    assert "[bold]公司" in text
    assert "HMD-<1>" in text
    assert ("使风险分上升" if lang == "zh" else "raised the score by") in text


OPTIONAL = {
    "new_economy": [], "limits": [], "rules": [], "exclusions": [], "in_force.until": None, "basis.0.number": None,
    "exclusions.0.amendments": [],
}  # fmt: skip


@pytest.mark.parametrize("field", OPTIONAL)
def test_the_page_does_without_each_optional_field_of_a_scheme(model, field):
    raw = yaml.safe_load(SCHEME.read_text(encoding="utf-8"))
    *path, last = field.split(".")
    place = raw
    for step in path:
        place = place[int(step) if step.isdecimal() else step]
    if OPTIONAL[field] is None or last not in ("rules", "exclusions"):
        place.pop(last, None)
    else:
        place[last] = OPTIONAL[field]
    scheme = parse_scheme("scheme.yaml", yaml.safe_dump(raw, allow_unicode=True))
    policy = Policy(scheme, model.trained_periods, {}, {})
    one = explain_anew(
        ModelMethod(model, scheme),
        policy,
        in_memory(FULL),
        matrix_row(in_memory(FULL), model, "E1", T),
        received=TABLES,
    )
    for lang in Language:
        with speaking(lang):
            assert Page(render_page(one)).open == []
            assert render_text(one) is not None


def test_the_page_does_without_units_and_conditions_of_indicators(model):
    def bare(text):
        return re.sub(r" unit: \{[^}]*\},", "", re.sub(r' where: "[^"]*",', "", text))

    kept = {name: text if name == EFFECT_PERIODS else bare(text) for name, text in model.bundle.system_yaml.items()}
    assert "unit:" not in "".join(kept.values())
    stripped = Model(replace(model.bundle, system_yaml=kept))
    scheme = load_scheme(SCHEME)
    policy = Policy(scheme, model.trained_periods, {}, {})
    one = explain_anew(
        ModelMethod(stripped, scheme),
        policy,
        in_memory(FULL),
        matrix_row(in_memory(FULL), stripped, "E1", T),
        received=TABLES,
    )
    for lang in Language:
        with speaking(lang):
            assert Page(render_page(one)).open == []
            assert render_text(one) is not None
    assert one.to_dict()


@pytest.mark.parametrize("spoken", Language)
def test_the_page_and_the_terminal_text_are_in_one_language(explained, spoken):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with speaking(spoken):
        page = render_page(explained(FULL))
        console.print(render_text(explained(FULL)))
    names = [
        "公司",
        "alert",
        "云市监规〔2022〕1号",
        "国市监信发〔2022〕6号",
        "官渡区市场监督管理局",
        "云南省昆明市官渡区",
    ]
    assert foreign(page, spoken, names) == []
    assert foreign(console.export_text(), spoken, names) == []
