"""What every service begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from riskml.audit.entries import Event, audited
from riskml.core.principal import Principal, acting
from riskml.core.workspace import Workspace
from riskml.records.table_files import tables_in
from riskml.records.tables import using


@contextmanager
def asked_by(principal: Principal, workspace: Workspace, gives: Event | None) -> Iterator[None]:
    """Do the block in the name of `principal`, with the workspace's own record tables in use; in this thread, and in no
    other reader's.

    Parameters
    ----------
    gives
        What the block gives out of enterprises: it is on the audit log before it is given, or nothing is given. None
        where that is no enterprise's records or grade, or nothing but what the ledger has a line of.

    Raises
    ------
    RunError
        As `riskml.audit.entries.audited`.
    """
    with acting(principal), using(tables_in(workspace.features)):
        if gives is None:
            yield
        else:
            with audited(workspace, gives):
                yield
