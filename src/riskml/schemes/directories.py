"""Directories (名录) that a regulation asks for: who is on one follows from the records, at any date."""

from __future__ import annotations

from pydantic import model_validator

from riskml.core.configuration import Identifier
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expression_types import check_types
from riskml.records.expressions import check_expression
from riskml.records.live import current_enterprise_sql
from riskml.records.tables import TABLES
from riskml.relations.templates import relation_sql
from riskml.schemes.provisions import Provision, Text
from riskml.schemes.rule_specs import Circumstance


class Directory(Provision):
    """One directory.

    Parameters
    ----------
    where
        Which enterprises, over the columns of the registration; who does not satisfy it for certain is not on it.
    holding
        What they must have on record besides.
    reading
        How the text is read.
    """

    id: Identifier
    label: Text
    where: str = "true"
    holding: Circumstance | None = None
    reading: Text | None = None

    @model_validator(mode="after")
    def _readable(self) -> Directory:
        columns = {column.name: column for column in TABLES["enterprise"].columns}
        check_expression(self.where, set(columns), field="where")
        check_types(self.where, columns, wanted=["flag"], field="where")
        return self


def directory_sql(directory: Directory, entity_dates: str, periods: EffectPeriods) -> str:
    """Who of `entity_dates` is on a directory: enterprise_id, name, division and the ids of the records that put it
    there, by code.

    Parameters
    ----------
    entity_dates
        A relation with the columns ``enterprise_id`` and ``as_of``.
    """
    registered = f"({current_enterprise_sql(entity_dates, periods)})"
    if directory.holding is None:
        return f"""
SELECT enterprise_id, name, division, CAST([] AS VARCHAR[]) AS records FROM {registered} WHERE {directory.where}
  ORDER BY enterprise_id"""
    return f"""
WITH
registered AS (SELECT enterprise_id, name, division FROM {registered} WHERE {directory.where}),
held AS (
  SELECT enterprise_id, list_sort(list(DISTINCT record_id)) AS records
  FROM ({relation_sql(directory.holding.from_, entity_dates, periods)})
  WHERE {directory.holding.where} GROUP BY enterprise_id)
SELECT enterprise_id, name, division, records FROM registered JOIN held USING (enterprise_id) ORDER BY enterprise_id"""
