"""Questions that a scheme's own text leaves open: a class without a grade in the text waits for an officer, with a
grade proposed.

A question is a rule whose answer gives the grade, the milder one too; until it is answered the proposed grade stands,
and is marked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.schemes.methods.classes import GradeClass
from riskml.schemes.methods.items import Item
from riskml.schemes.rule_specs import Circumstance, Effect, Rule


class Question(Rule):
    """What an officer is asked about a class that waits; made of the class, never written in a file."""


def question_of(one: GradeClass, items: Iterable[Item]) -> Question | None:
    """The question of a class; None where it waits for nobody.

    Parameters
    ----------
    items
        Those of the scheme: the answer rests on the records of those that are counted as the tally ``awaits.tally``.
    """
    if one.awaits is None:
        return None
    assert one.article is not None, "as GradeClass asks"
    assert one.text is not None, "as GradeClass asks"
    on = [
        Circumstance.model_validate({"from": item.from_, "where": item.condition})
        for item in items
        if item.tally == one.awaits.tally
    ]
    return Question(
        **{"from": on[0].from_},
        where=on[0].where,
        also=tuple(on[1:]),
        id=one.awaits.id,
        label=one.awaits.label,
        article=one.article,
        text=one.text,
        reading=one.reading,
        effect=Effect(officer_choice=one.awaits.choices, second_signature=one.awaits.second_signature),
    )


def asked(classes: tuple[GradeClass, ...], places: NDArray[np.int64], ids: Sequence[str], fired: pa.Table) -> pa.Table:
    """`fired` without the questions of classes that an enterprise is not in: the records alone do not say in which one
    it is.

    Parameters
    ----------
    places
        Shape (n,): which of the classes each of the n enterprises `ids` falls under.
    fired
        As ``fired_rules_sql`` gives it.
    """
    for place, one in enumerate(classes):
        if one.awaits is not None:
            there = pa.array(ids, pa.string()).filter(pa.array(places == place))
            other = pc.equal(fired["rule"], one.awaits.id)
            fired = fired.filter(pc.or_(pc.invert(other), pc.is_in(fired["enterprise_id"], value_set=there)))
    return fired


def still_asked(rules: Iterable[Rule], held: Collection[str], fired: pa.Table) -> pa.Table:
    """`fired` without the questions that a run did not ask of an enterprise: between two runs it stays in the class the
    run found.

    Parameters
    ----------
    held
        The ids of the rules that fired for the enterprise in the run.
    """
    gone = [rule.id for rule in rules if isinstance(rule, Question) and rule.id not in held]
    return fired.filter(pc.invert(pc.is_in(fired["rule"], value_set=pa.array(gone, pa.string()))))
