"""Which columns of an extract the mappings of a source read."""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from riskml.records.columns import ROW, Wanted

_ADDED = frozenset({ROW, "source_file"})


def columns_wanted(view: str, mappings: Iterable[str], optional: frozenset[str]) -> Wanted:
    """What the mappings read of `view`.

    A column without its table's name is surely the extract's where nothing else is read beside it and no other column
    of the same SELECT is called so (which its expressions may mean).

    >>> wanted = columns_wanted("v", ["SELECT v.a, b, c AS d, d || 'x' AS e FROM v"], frozenset())
    >>> sorted(wanted.certain), sorted(wanted.possible)
    (['a', 'b', 'c'], ['d'])
    """
    certain: set[str] = set()
    possible: set[str] = set()
    everything = False
    for mapping in mappings:
        for scope in traverse_scope(sqlglot.parse_one(mapping, read="duckdb")):
            own = {alias for alias, (_, source) in scope.selected_sources.items() if _is(source, view)}
            if not own:
                continue
            alone = len(scope.selected_sources) == len(own) and not scope.subquery_scopes and not scope.is_subquery
            selects = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
            aliases = {one.alias.lower() for one in selects if isinstance(one, exp.Alias)}
            everything = everything or any(isinstance(one.unalias(), exp.Star) for one in selects)
            for column in scope.columns:
                name = column.name.lower()
                if column.table in own or (not column.table and alone and name not in aliases):
                    certain.add(name)
                elif not column.table:
                    possible.add(name)
            possible |= {
                using.name.lower()
                for join in scope.expression.args.get("joins") or ()
                for using in join.args.get("using") or ()
            }
    return Wanted(frozenset(certain - _ADDED), frozenset(possible - certain - _ADDED), everything, optional)


def _is(source: exp.Expression | Scope, view: str) -> bool:
    return isinstance(source, exp.Table) and source.name.lower() == view.lower()
