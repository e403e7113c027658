"""What would be: one enterprise graded again with supposed steps taken, exactly as a run would grade it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskml.core.errors import ConfigurationError
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.explain import value_in_words
from riskml.explaining.found import known
from riskml.explaining.profile import Subject, read_subject
from riskml.explaining.what_if import Moved, State, WhatIf
from riskml.features.matrix_of_one import ENTITY_DATES
from riskml.records.buckets import bucket_of
from riskml.records.repair import load_repair
from riskml.records.tables import Label
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.published import published_days, published_run
from riskml.runs.rescoring import Rescored, Rescorer, open_rescorer
from riskml.runs.supposed_steps import Step, Supposing
from riskml.schemes.scheme import Scheme
from riskml.training.contributions import SMALLEST_POINTS
from riskml.training.explained import explained_by
from riskml.training.model_method import ModelMethod


def what_if(
    workspace: Workspace,
    scheme: str,
    enterprise_id: str,
    steps: Sequence[Step],
    as_of: date,
    on: date | None,
    on_progress: Progress,
) -> WhatIf:
    """Grade an enterprise as of a date, and again on the day of supposed steps.

    Parameters
    ----------
    as_of
        The policy and the method are those of the run as of that date, those in use where there is none.
    on
        The day on which all steps are taken and known; `as_of` where None.

    Raises
    ------
    ConfigurationError, RunError
        As `riskml.runs.supposed_steps.Supposing.take` and `riskml.runs.rescoring.Rescorer.rescore`.
    """
    day = on or as_of
    if day < as_of:
        raise ConfigurationError(
            zh=f"--on {day} 早于基准日 {as_of}；请改用不早于它的日期。",
            en=f"--on {day} is before the as-of date {as_of}; use a date no earlier.",
        )
    published = published_run(workspace, scheme, as_of) if as_of in published_days(workspace, scheme) else None
    rescorer = open_rescorer(workspace, scheme, as_of, on_progress)
    around = rescorer.around(enterprise_id)
    supposing = Supposing(rescorer, load_repair(workspace.features), around, day)
    for step in steps:
        supposing.take(step)
    subject = subject_of(rescorer, around, as_of)
    may_do = () if steps else supposing.may_do()
    first, *waiting = rescorer.rescore(around, [as_of, day])
    (last,) = rescorer.rescore(supposing.around, [day]) if steps else (waiting or [first])[-1:]
    before, after = (state_of(rescorer, one) for one in (first, last))
    held = published.graded(enterprise_id, bucket_of(enterprise_id, rescorer.store.buckets)) if published else None
    then = None if held is None else str(held["grade"][0])
    return WhatIf(
        subject=subject,
        scheme=rescorer.policy.scheme,
        before=before,
        waiting=state_of(rescorer, waiting[0]) if steps and waiting else None,
        after=after,
        steps=tuple(supposing.steps),
        moved=moved_between(rescorer, first, last),
        may_do=may_do,
        published=then if then != before.grade else None,
        simulated=rescorer.store.simulated,
        reasons_by=reasons_by(rescorer),
    )


def reasons_by(rescorer: Rescorer) -> Label | None:
    """How exact the points are that move, where that is to be said."""
    return explained_by(rescorer.method.bundle) if isinstance(rescorer.method, ModelMethod) else None


def subject_of(rescorer: Rescorer, around: Neighbourhood, as_of: date) -> Subject:
    """Who it is, as known on a day."""
    rescorer.matrix.ask(around, [(around.enterprise_id, as_of)])
    return read_subject(rescorer.matrix.engine.connection, ENTITY_DATES, rescorer.policy.periods, around.enterprise_id)


def state_of(rescorer: Rescorer, found: Rescored) -> State:
    """What an enterprise is graded, in words."""
    graded, scheme = found.graded, rescorer.policy.scheme
    return State(
        found.as_of,
        found.grade,
        str(graded["band"]),
        found.score,
        str(graded["decided_by"]),
        tuple(graded["pending_options"]),
        tuple(_rule_label(scheme, one) for one in graded["rules"]),
    )


def _rule_label(scheme: Scheme, rule: str) -> Label:
    return scheme.rule(rule).label


def moved_between(rescorer: Rescorer, first: Rescored, last: Rescored) -> tuple[Moved, ...]:
    """The columns whose value or points are others than they were, those first whose points moved most."""
    method = rescorer.method
    bundle = method.bundle if isinstance(method, ModelMethod) else None
    found = list[Moved]()
    for place, column in enumerate(method.system.columns):
        values = [known(one.values[place]) for one in (first, last)]
        points = [float(one.assessed.points[0][place]) for one in (first, last)]
        if values[0] != values[1] or abs(points[1] - points[0]) >= SMALLEST_POINTS:
            said = [value_in_words(bundle, column, value) for value in values]
            found.append(Moved(column.name, column.label, said[0], said[1], points[0], points[1]))
    return tuple(sorted(found, key=lambda one: -abs(one.points)))
