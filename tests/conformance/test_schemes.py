"""Every shipped scheme: its bands cover the score, and every entry has an article and both languages."""

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from riskml.records.tables import TABLES, Label
from riskml.relations.catalogue import relation_inputs
from riskml.relations.schema import relation_schema
from riskml.schemes.grade import band_ranks
from riskml.schemes.measures import measures_for
from riskml.schemes.methods.items import item_system
from riskml.schemes.notices import notice_of, status_beyond_notice
from riskml.schemes.provisions import Provision
from riskml.schemes.scheme import load_scheme
from riskml.schemes.scheme_entries import AMENDMENTS

PATHS = sorted((Path(__file__).parents[2] / "models").glob("*/scheme.yaml"))


@pytest.fixture(params=PATHS, ids=[path.parent.name for path in PATHS])
def path(request):
    return request.param


@pytest.fixture
def scheme(path):
    return load_scheme(path)


def parts(value):
    """Everything a scheme is made of."""
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from parts(getattr(value, name))


def test_there_are_schemes():
    assert PATHS


def test_it_lies_in_the_folder_of_its_name(path, scheme):
    assert scheme.id == path.parent.name


def test_every_score_has_one_band_and_more_of_it_is_always_riskier_or_always_better(scheme):
    if scheme.score is None:
        pytest.skip("no score: classes give the grade, and are checked where the scheme is read")
    scores = np.unique(
        np.concatenate(
            [np.linspace(scheme.score.from_, scheme.score.to, 10_001), [band.from_ for band in scheme.bands]]
        )
    )
    ranks = band_ranks(scheme, scores)
    assert (np.diff(ranks) * (1 if scheme.score.direction == "riskier" else -1) >= 0).all()
    assert {scheme.grade_names[rank] for rank in ranks} == {band.grade for band in scheme.bands}


def test_every_label_is_bilingual(scheme):
    labels = [part for part in parts(scheme) if isinstance(part, Label)]
    assert labels
    for label in labels:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in label.zh), label
        assert label.en.strip(), label
        assert label.en.isascii() or "–" in label.en, label


def test_every_provision_names_its_article(scheme):
    for part in parts(scheme):
        if isinstance(part, Provision):
            assert part.article.number
            assert re.match("第|[一二三四五六七八九十]+（", part.article.zh), part


def test_every_rule_reads_record_tables(scheme):
    for rule in scheme.rules:
        assert relation_inputs(rule.from_)
        assert set(relation_inputs(rule.from_)) <= set(TABLES)


def test_every_amendment_that_excludes_has_its_article(scheme):
    codes = TABLES["amendment"].column("kind").codes
    assert codes is not None
    assert set(AMENDMENTS) == set(codes)
    assert sorted(kind for exclusion in scheme.exclusions for kind in exclusion.amendments) == sorted(AMENDMENTS)


def test_every_grade_has_measures(scheme):
    for grade in scheme.grade_names:
        for new_economy in (False, True):
            assert measures_for(scheme, grade, new_economy=new_economy).opening


def test_what_a_scheme_adds_of_its_own_says_so(scheme):
    """Scope, cycle, rules without a sentence of their own: what is ours has a reading, in both languages."""
    for item in (item for dimension in scheme.dimensions for item in dimension.items):
        assert item.basis in ("text", "ours")
    if scheme.draft:
        assert "征求意见稿" in scheme.note.zh
        assert "draft" in scheme.note.en


def test_one_act_counts_once_in_every_item_whose_records_name_their_case(scheme):
    items = [item for dimension in scheme.dimensions for item in dimension.items]
    for item in items:
        if item.measure in ("count", "open") and "case_id" in relation_schema(item.from_) and item.from_ in TABLES:
            assert item.once_by == "case_id", item.id


def test_items_can_be_read_as_indicators_and_none_reads_who_is_new(scheme):
    names = [column.name for column in item_system(scheme.dimensions).columns]
    assert len(set(names)) == len(names)
    assert "new_economy" not in scheme.model_dump_json(include={"dimensions"})


def test_beside_a_grade_it_is_said_once_until_when_the_text_runs(scheme):
    """An explanation shows the notice, the note and what the notice does not say of the status, one below the other."""
    days = [date(2026, 10, 31)]
    if scheme.in_force is not None:
        days += [scheme.in_force.from_ - timedelta(days=1), scheme.in_force.from_]
    for day in days:
        status = status_beyond_notice(scheme, day) or Label("", "")
        shown = (notice_of(scheme, day), scheme.note, status)
        en, zh = (" ".join(getattr(one, name) for one in shown) for name in ("en", "zh"))
        if scheme.in_force is not None and scheme.in_force.until is not None and day >= scheme.in_force.from_:
            until = scheme.in_force.until
            assert en.count(str(until)) == zh.count(str(until)) == 1
            assert f"{until.year}年{until.month}月{until.day}日" not in zh
    for said in (scheme.note.en, scheme.note.zh):
        assert not re.search("not made public|不向社会公开|internal reference|内部参考", said)  # the notice says it
