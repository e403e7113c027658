"""Derived relations: what indicators and rules may read besides the record tables, one folder for each.

``<name>/relation.yaml`` says what it is, ``rows.sql`` which rows it has for the (enterprise, as-of date) pairs asked
for. What several have in common is in ``shared/``. They run inside the SQL engine; no graph of the province is held in
memory.
"""
