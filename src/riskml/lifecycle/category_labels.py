"""The texts that the numbers of categories stand for: a model keeps them, so that a reason names a category by its
words.
"""

from __future__ import annotations

from riskml.features.compile import code_sql
from riskml.features.matrix import MatrixBuilder
from riskml.records.tables import TABLES, Label


def labels_of_categories(builder: MatrixBuilder) -> dict[str, dict[int, Label]]:
    """Column of a category → number of the text → the text, for every text that the records hold.

    Two texts of one number stand side by side. A code is given by its label.
    """
    connection, words = builder.connection, dict[str, dict[int, Label]]()
    builder.store.open_views(connection)
    for column in builder.system.columns:
        indicator = column.indicator
        if indicator.measure != "category" or indicator.from_ not in builder.store.tables:
            continue
        codes = {one.name: one.codes for one in TABLES[indicator.from_].columns}.get(indicator.value or "") or {}
        sql = (
            f"SELECT DISTINCT {code_sql(indicator.value or '')} AS code, {indicator.value} AS text FROM "
            f"{indicator.from_} ORDER BY text"
        )
        found = words.setdefault(column.name, {})
        for code, text in connection.execute(f"SELECT code, text FROM ({sql}) WHERE text IS NOT NULL").fetchall():
            label, before = codes.get(text, Label(text, text)), found.get(code)
            found[code] = Label(f"{before.zh} / {label.zh}", f"{before.en} / {label.en}") if before else label
    return words
