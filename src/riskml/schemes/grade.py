"""From scores and fired rules to grades: pure and vectorised; one enterprise is a block of one.

A fixed grade applies as it stands (直接判定; of several the riskiest). Otherwise the grade is the worst of the score's
band, the floors and the officers' choices.

An officer's choice acts as a floor at the option chosen, once a named officer has decided; while it waits it does
nothing, or is a floor at the mildest option where the scheme holds what is unconfirmed (`Effect.unconfirmed`). "Not
established" ends the waiting. Art. 15(3) lists a circumstance that weighs on an enterprise; read as a fixed grade, it
would give an enterprise whose score alone makes it a D the milder C because something grave happened besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.core.errors import RunError
from riskml.schemes.decisions import NOT_ESTABLISHED, Decision
from riskml.schemes.questions import Question
from riskml.schemes.scheme import Scheme

_Ranks = NDArray[np.int64]

_NO_EFFECT = -1
"""Milder than any grade."""

BAND = "band"
"""What `decided_by` says where the score alone gave the grade."""


def band_ranks(scheme: Scheme, scores: NDArray[np.float64]) -> _Ranks:
    """The rank (place in ``scheme.grade_names``) of the grade in whose band each score lies.

    Parameters
    ----------
    scores
        Shape (n,), within the scheme's range.
    """
    ascending = scheme.ascending
    edges = np.array([band.from_ for band in ascending[1:]])
    ranks = np.array([scheme.grade_names.index(band.grade) for band in ascending], dtype=np.int64)
    return ranks[np.searchsorted(edges, scores, side="right")]


def banding(
    scheme: Scheme, scores: NDArray[np.float64], without_peer_rates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The scores that decide the bands: those without the rates of trades and counties, where the scheme lets none of
    these move a band.
    """
    return scores if scheme.score is None or scheme.score.peer_rates_move_bands else without_peer_rates


def held_ranks(scheme: Scheme, held: pa.Table) -> _Ranks:
    """The ranks by the method alone of enterprises that a run graded, by the scheme's bands as they now are.

    Parameters
    ----------
    held
        The run's ``band``, ``score`` and ``score_without_peer_rates``. Where classes give the grade the run's own band
        stands.
    """
    if not scheme.bands:
        return _places(held["band"], pa.array(scheme.grade_names, pa.string()), "grade")
    scores, without = (held[name].to_numpy() for name in ("score", "score_without_peer_rates"))
    return band_ranks(scheme, banding(scheme, scores, without))


def grade_block(
    scheme: Scheme,
    enterprise_ids: Sequence[str],
    scores: NDArray[np.float64],
    fired: pa.Table,
    decisions: Iterable[Decision] = (),
    *,
    bands: _Ranks | None = None,
) -> pa.Table:
    """Grade a block of enterprises at one as-of date.

    Parameters
    ----------
    enterprise_ids
        Shape (n,), each once.
    scores
        Shape (n,); not a number where the scheme has none.
    fired
        The rules that fired for these enterprises at this date: the result of ``fired_rules_sql``.
    decisions
        Those in force at this date (``in_force``). A decision counts while its rule fires on at least one of the
        records it was made on, and the scheme still offers the grade it chose; otherwise the choice waits for
        confirmation.
    bands
        Shape (n,): the ranks by the method alone; those of the bands in which the scores lie where None.

    Returns
    -------
    pyarrow.Table
        One row per enterprise in the order given: enterprise_id, score, band (the grade by the method alone), grade,
        decided_by ("band" or a rule's id; of equally severe rules the first in the scheme), pending (an officer's
        choice waits), pending_options (the grades to choose from, mildest first), rules (all that fired, in the
        scheme's order).

    Raises
    ------
    RunError
        Where a score is missing or outside the scheme's range.
    ValueError
        Where an enterprise is given twice, or `fired` is about others, other rules or several dates.
    """
    names = scheme.grade_names
    ids = pa.array(enterprise_ids, pa.string())
    if pc.count_distinct(ids).as_py() != len(ids):
        raise ValueError("an enterprise is given twice")
    _check_scores(scheme, ids, scores)
    if pc.count_distinct(fired["as_of"]).as_py() > 1:
        raise ValueError("fired rules of several as-of dates in one block")

    row = _places(fired["enterprise_id"], ids, "enterprise")
    all_rules = scheme.all_rules
    rule = _places(fired["rule"], pa.array([rule.id for rule in all_rules], pa.string()), "rule")
    kinds = np.array([rule.effect.kind for rule in all_rules], dtype=object)[rule]
    sets = np.array([names.index(rule.effect.grades[0]) for rule in all_rules], dtype=np.int64)[rule]
    chosen = _chosen(scheme, fired, np.flatnonzero(kinds == "officer_choice"), decisions)
    waiting = np.setdiff1d(np.flatnonzero(kinds == "officer_choice"), list(chosen))
    holds = np.array([rule.effect.unconfirmed == "hold" for rule in all_rules], dtype=bool)[rule]
    sets[waiting[~holds[waiting]]] = _NO_EFFECT
    sets[list(chosen)] = list(chosen.values())

    band = band_ranks(scheme, scores) if bands is None else bands
    # The answer to a question gives the grade of the class, the milder one too; until then it is the one proposed,
    # which is the band.
    questions = np.array([isinstance(rule, Question) for rule in all_rules], dtype=bool)[rule]
    by_class, by_question = band.copy(), np.full(len(ids), -1, dtype=np.int64)
    by_question[row[questions]] = rule[questions]
    answered = questions & (sets != _NO_EFFECT)
    by_class[row[answered]] = sets[answered]
    fixed, fixed_by = _riskiest(row, sets, rule, kinds == "fixed", len(ids))
    floor, floor_by = _riskiest(row, sets, rule, (kinds != "fixed") & ~questions, len(ids))
    grade = np.where(fixed >= 0, fixed, np.maximum(by_class, floor))
    decided_by = np.where(fixed >= 0, fixed_by, np.where(floor > by_class, floor_by, by_question))

    options = [(row[at], names.index(option)) for at in waiting for option in all_rules[rule[at]].effect.grades]
    pending = np.zeros(len(ids), dtype=bool)
    pending[row[waiting]] = True
    grades = pa.array(names, pa.string())
    rules = pa.array([*(rule.id for rule in all_rules), BAND], pa.string())
    return pa.table({
        "enterprise_id": ids,
        "score": pa.array(scores, pa.float64(), from_pandas=True),
        "band": grades.take(pa.array(band)),
        "grade": grades.take(pa.array(grade)),
        "decided_by": rules.take(pa.array(np.where(decided_by < 0, len(rules) - 1, decided_by))),
        "pending": pa.array(pending),
        "pending_options": _lists(np.array(options, dtype=np.int64).reshape(-1, 2), grades, len(ids)),
        "rules": _lists(np.column_stack([row, rule]), rules, len(ids)),
    })  # fmt: skip


def grade_held(scheme: Scheme, rule: str, evidence: Iterable[str], decisions: Iterable[Decision]) -> str | None:
    """The grade to which a rule that fires on some records holds an enterprise; None where to none: an officer's choice
    that waits and is not held meanwhile, or that is not established.

    Parameters
    ----------
    decisions
        Those about the enterprise that are in force.
    """
    effect = scheme.rule(rule).effect
    if effect.kind != "officer_choice":
        return effect.grades[0]
    made = next((one for one in decisions if (one.scheme, one.rule) == (scheme.id, rule)), None)
    answer = _answer(scheme, made, evidence)
    if answer is None:
        return effect.grades[0] if effect.unconfirmed == "hold" else None
    return None if answer == NOT_ESTABLISHED else answer


def _check_scores(scheme: Scheme, ids: pa.Array, scores: NDArray[np.float64]) -> None:
    if scores.shape != (len(ids),):
        raise ValueError(f"{len(ids)} enterprises, but scores of shape {scores.shape}")
    if scheme.score is None:
        return
    low, high = scheme.score.from_, scheme.score.to
    wrong = np.flatnonzero(~((scores >= low) & (scores <= high)))
    if len(wrong):
        who, score = ids[int(wrong[0])].as_py(), scores[wrong[0]]
        raise RunError(
            zh=f"{len(wrong)} 家企业的风险分不在 {low:g} 至 {high:g} 之间，例如 {who}：{score}。",
            en=f"{len(wrong)} enterprises have a score outside {low:g} to {high:g}, such as {who}: {score}.",
        )


def _places(values: pa.ChunkedArray, among: pa.Array, what: str) -> _Ranks:
    """Where each value stands in `among`."""
    places = pc.index_in(values, value_set=among).combine_chunks()
    if places.null_count:
        raise ValueError(f"a rule fired for an unknown {what}: {values.filter(places.is_null())[0]}")
    return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64)


def _chosen(scheme: Scheme, fired: pa.Table, at: _Ranks, decisions: Iterable[Decision]) -> dict[int, int]:
    """Of the rows `at` of `fired`, those that a decision settles: row → rank of the grade chosen, `_NO_EFFECT` where
    not established.
    """
    made = {(decision.enterprise_id, decision.rule): decision for decision in decisions if decision.scheme == scheme.id}
    settled = {}
    for place, one in zip(at.tolist(), fired.take(pa.array(at)).to_pylist(), strict=True):
        answer = _answer(scheme, made.get((one["enterprise_id"], one["rule"])), one["evidence"])
        if answer is not None:
            settled[place] = _NO_EFFECT if answer == NOT_ESTABLISHED else scheme.grade_names.index(answer)
    return settled


def _answer(scheme: Scheme, decision: Decision | None, evidence: Iterable[str]) -> str | None:
    """What a decision answers under its rule, which fires on some records; None where it does not count."""
    if decision is None or set(decision.evidence).isdisjoint(evidence):
        return None
    offered = (*scheme.rule(decision.rule).effect.grades, NOT_ESTABLISHED)
    return decision.grade if decision.grade in offered else None


def _riskiest(row: _Ranks, sets: _Ranks, rule: _Ranks, which: NDArray[np.bool_], size: int) -> tuple[_Ranks, _Ranks]:
    """The riskiest grade that the rules `which` set for each enterprise and the first rule to set it; -1 where there is
    none.
    """
    row, sets, rule = row[which], sets[which], rule[which]
    worst, by = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    order = np.lexsort((rule, -sets, row))
    _, first = np.unique(row[order], return_index=True)
    picked = order[first]
    worst[row[picked]], by[row[picked]] = sets[picked], rule[picked]
    return worst, by


def _lists(pairs: _Ranks, names: pa.Array, size: int) -> pa.Array:
    """A list of names for each enterprise from (enterprise, name) places: in order, each once."""
    pairs = np.unique(pairs, axis=0)
    ends = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=size))])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), names.take(pa.array(pairs[:, 1])))
