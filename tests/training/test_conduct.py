"""Own conduct, others' conduct and what is not known: told apart, adding up, and the grade on own conduct alone."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from handmade import ROOT
from small_runs import make_bundle

from riskml.features.specs import load_system, parse_system
from riskml.schemes.grade import grade_block, held_ranks
from riskml.schemes.scheme import Scheme, load_scheme
from riskml.training.conduct import Apart, band_scores, conduct_of, own_grades
from riskml.training.model import Model

YUNNAN = load_scheme(ROOT / "models" / "yunnan" / "scheme.yaml")
FIRED = {"enterprise_id": pa.string(), "as_of": pa.date32(), "rule": pa.string(), "evidence": pa.list_(pa.string())}

SYSTEM = """
dimension: supervision
label: {zh: 监管信息, en: Supervision}
groups:
  - id: penalties
    label: {zh: 行政处罚, en: Penalties}
    indicators:
      - {id: penalty_count, label: {zh: 处罚次数, en: Penalties}, from: penalty, measure: count, windows: [365d],
         direction: increasing, basis: test}
      - {id: posts, label: {zh: 任职人员数, en: Post-holders}, from: post_holder, measure: distinct, value: person_id,
         direction: none, basis: test, about: own}
      - {id: firms, label: {zh: 任职企业数, en: Firms}, from: post_holder, measure: max, value: firms, direction: none,
         basis: test}
      - {id: rate, label: {zh: 同行业, en: Trade}, from: industry_peer, measure: latest, value: problems_rate,
         direction: none, basis: test}
      - {id: mixed, label: {zh: 相对, en: Relative}, measure: expression, value: penalty_count_365d - rate,
         direction: none, basis: test}
      - {id: joined, label: {zh: 合计, en: Together}, measure: expression, value: posts + firms, direction: none,
         basis: test}
"""


def scheme(peer_rates_move_bands: bool) -> Scheme:
    return YUNNAN.model_copy(
        update={"score": YUNNAN.score.model_copy(update={"peer_rates_move_bands": peer_rates_move_bands})}
    )


def fired(*rules: str) -> pa.Table:
    rows = [{"enterprise_id": "e", "as_of": date(2026, 6, 30), "rule": rule, "evidence": ["r1"]} for rule in rules]
    return pa.Table.from_pylist(rows, schema=pa.schema(FIRED))


def test_whose_conduct_is_declared_by_the_relation_and_an_expression_takes_the_furthest() -> None:
    about = parse_system({"supervision.yaml": SYSTEM}).about
    assert about == {
        "penalty_count_365d": "own", "posts": "own", "firms": "others", "rate": "peers", "mixed": "peers",
        "joined": "others",
    }  # fmt: skip
    shipped = load_system(ROOT / "features").about
    assert {name for name, of in shipped.items() if of == "peers"} == {
        "industry_problem_rate_1095d",
        "region_problem_rate_1095d",
    }
    assert all(
        shipped[name] == "others"
        for name in shipped
        if name.startswith(("linked_", "address_", "dishonest_post", "dishonest_legal"))
    )
    assert shipped["dishonest_listing_open"] == "own"


def test_a_value_that_cannot_be_known_is_nobody_s_conduct() -> None:
    assert [conduct_of(about, value) for about in ("own", "peers") for value in (1.0, None, np.nan)] == [
        "own", "unknown", "unknown", "peers", "unknown", "unknown",
    ]  # fmt: skip


def test_scores_apart_are_the_base_with_what_is_left_in() -> None:
    bundle = make_bundle()
    about = {"penalty_count_365d": "own", "fine_amount": "peers", "complaint_count_365d": "others"}
    values = np.array([[3.0, 20.0, 2.0], [np.nan, 0.0, 1.0]])
    contributions = bundle.contributions(values)
    apart = Apart.of(bundle, about, contributions, values)
    base = bundle.base_margin
    assert apart.own == pytest.approx(bundle.score([base + contributions[0, 0], base]), abs=1e-9)  # not known: not own
    assert apart.without_peers == pytest.approx(bundle.score(contributions[:, [0, 2, 3]].sum(axis=1)), abs=1e-9)
    own = Apart.of(bundle, dict.fromkeys(about, "own"), contributions, np.nan_to_num(values))
    margin = sum(contributions.T, start=np.zeros(2))
    assert own.own.tolist() == own.without_peers.tolist() == bundle.score(margin).tolist()


def test_art15_2_is_no_own_conduct_and_art15_1_is() -> None:
    scores = np.array([100.0])
    assert own_grades(YUNNAN, ["e"], scores, fired("dishonest_post_holder"), ()) == ["A"]
    assert own_grades(YUNNAN, ["e"], scores, fired("dishonest_post_holder", "blacklisted"), ()) == ["D"]
    assert grade_block(YUNNAN, ["e"], scores, fired("dishonest_post_holder"))["grade"].to_pylist() == ["D"]


@pytest.mark.parametrize(("moves", "band"), [(True, "C"), (False, "B")])
def test_the_rates_of_a_trade_or_county_move_a_band_only_where_the_scheme_lets_them(moves: bool, band: str) -> None:
    held = pa.table({"band": ["C"], "score": [510.0], "score_without_peer_rates": [480.0]})
    ranks = held_ranks(scheme(moves), held)
    graded = grade_block(scheme(moves), ["e"], np.array([510.0]), fired(), bands=ranks).to_pylist()
    assert [(row["score"], row["band"], row["grade"]) for row in graded] == [(510.0, band, band)]


def test_bands_of_many_rows_are_cut_from_the_same_scores() -> None:
    bundle = make_bundle()
    about_peers = bundle.system_yaml["features/supervision.yaml"].replace(
        "basis: test}\n      - {id: complaint", "basis: test, about: peers}\n      - {id: complaint"
    )
    model = Model(replace(bundle, system_yaml={**bundle.system_yaml, "features/supervision.yaml": about_peers}))
    rows = pd.DataFrame([[3.0, 20.0, 2.0], [0.0, 1.0, 0.0]], columns=list(bundle.columns))
    assert band_scores(model, scheme(True), rows).tolist() == bundle.score(bundle.margin(rows)).tolist()
    contributions = bundle.contributions(rows.to_numpy())
    assert band_scores(model, scheme(False), rows) == pytest.approx(
        bundle.score(contributions[:, [0, 2, 3]].sum(axis=1))
    )
