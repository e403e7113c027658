"""What every service begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from riskml.core.principal import Principal, acting
from riskml.core.workspace import Workspace
from riskml.records.table_files import tables_in
from riskml.records.tables import using


@contextmanager
def asked_by(principal: Principal, workspace: Workspace) -> Iterator[None]:
    """Do the block in the name of `principal`, with the workspace's own record tables in use; in this thread, and in no
    other reader's.
    """
    with acting(principal), using(tables_in(workspace.features)):
        yield
