"""The figures that count: a model and its baselines on visits later than all it has seen, by score and by grade."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskml.features.matrix import MatrixBuilder
from riskml.lifecycle.training_data import TrainingData
from riskml.schemes.grade import grade_block
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme
from riskml.training.baselines import baseline_scores
from riskml.training.bundle import ModelBundle
from riskml.training.conduct import band_scores
from riskml.training.evaluation import Difference, Evaluation, evaluate, paired_difference
from riskml.training.model import Model


def evaluate_out_of_time(
    data: TrainingData, bundle: ModelBundle, scheme: Scheme
) -> tuple[dict[str, Evaluation], dict[str, dict[str, Difference]]]:
    """Evaluate on the test part.

    Returns
    -------
    evaluations
        ``model`` (with grades and calibration) and the three baselines, fitted on the same learning part.
    differences
        Baseline → figure → the model's figure minus the baseline's on the same resamples.
    """
    test = data.split.test
    visits, matrix, outcome = data.cohort[test], data.matrix[test], data.outcome[test]
    margin = bundle.margin(matrix)
    scores = bundle.score(margin)
    who = visits["enterprise_id"].to_numpy()
    when = visits["visit_date"].to_numpy()
    model = evaluate(
        outcome,
        scores,
        probability=bundle.risk(margin),
        grade=grade_visits(data.builder, visits, band_scores(Model(bundle), scheme, matrix), scheme),
        grades=scheme.grade_names,
        date=when,
        enterprise=who,
    )
    baselines = baseline_scores(
        data.matrix[data.learn],
        data.outcome[data.learn],
        matrix,
        penalty_column=data.settings.past_penalties,
    )
    others = {name: evaluate(outcome, values, date=when, enterprise=who) for name, values in baselines.items()}
    differences = {
        name: paired_difference(outcome, scores, values, enterprise=who) for name, values in baselines.items()
    }
    return {"model": model, **others}, differences


def grade_visits(builder: MatrixBuilder, visits: pd.DataFrame, scores: np.ndarray, scheme: Scheme) -> list[str]:
    """The grade each visited enterprise had the day before the visit, rules included; one per row of `visits`.

    `scores` are those that decide the bands (`riskml.training.conduct.band_scores`).

    Officers' choices count as the milder option: what was decided later was not known then.
    """
    connection, store = builder.connection, builder.store
    store.open_views(connection)
    rows = pa.array([f"{number}" for number in range(len(visits))])
    asked = pa.table(
        {
            "row": rows,
            "enterprise_id": pa.array(visits["enterprise_id"], pa.string()),
            "as_of": pa.array(visits["as_of"], pa.date32()),
        }
    )
    connection.register("asked", asked)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked_entity_dates AS SELECT DISTINCT enterprise_id, as_of FROM asked"
    )
    rules = fired_rules_sql(scheme, "asked_entity_dates", builder.periods, store.tables)
    # One visit is one enterprise at one date to the grading: the same enterprise may be visited again.
    fired = connection.sql(
        f"SELECT a.row, f.* FROM asked a JOIN ({rules.sql}) f USING (enterprise_id, as_of)"
    ).to_arrow_table()
    connection.unregister("asked")
    as_blocks = fired.set_column(
        fired.schema.get_field_index("enterprise_id"), "enterprise_id", fired["row"]
    ).drop_columns("row")
    day = pa.array([visits["as_of"].min()] * len(fired), pa.date32())
    as_blocks = as_blocks.set_column(as_blocks.schema.get_field_index("as_of"), "as_of", day)
    graded = grade_block(scheme, rows.to_pylist(), scores, as_blocks)
    grades: list[str] = pc.cast(graded["grade"], pa.string()).to_pylist()
    return grades
