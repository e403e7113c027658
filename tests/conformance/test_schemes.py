"""Every shipped scheme: its bands cover the score, and every entry has an article and both languages."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from riskml.features.relations import relation_inputs
from riskml.grading.grade import band_ranks
from riskml.grading.measures import measures_for
from riskml.grading.provisions import Provision
from riskml.grading.scheme import AMENDMENTS, load_scheme
from riskml.records.tables import TABLES, Label

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


def test_every_score_has_a_band_and_a_higher_score_no_milder_one(scheme):
    scores = np.unique(
        np.concatenate([np.linspace(scheme.score.from_, scheme.score.to, 10_001), [band.from_ for band in scheme.score.bands]])
    )
    ranks = band_ranks(scheme, scores)
    assert (np.diff(ranks) >= 0).all()
    assert {scheme.grade_names[rank] for rank in ranks} == {band.grade for band in scheme.score.bands}


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
            assert part.article.zh.startswith("第"), part


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
            assert measures_for(scheme, grade, new_economy=new_economy).sentences
