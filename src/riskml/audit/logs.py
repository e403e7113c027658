"""The two logs of a workspace: the ledger, and who read what.

They are two because they are read otherwise. The ledger is read whole with every question, since what it holds is
compared with what is read; entries of reads are many, and nobody waits for them. Both are built alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from riskml.audit.tlog import MerkleLog
from riskml.core.hash_chain import HashChain
from riskml.core.language import Label
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace

READS = "audit.jsonl"
"""The entries of who read what, in the folder with everything received."""

TREES = "tlog"
"""The folder with the tree of each log, beside them."""

NAMES: Mapping[str, Label] = {
    "ledger": Label("总账", "the ledger"),
    "audit": Label("查询留痕", "who read what"),
}


def reads_chain(workspace: Workspace) -> HashChain:
    """The lines of who read what."""
    return HashChain(workspace.data / READS, reads_before_adding=False)


def log_of(workspace: Workspace, name: str) -> MerkleLog:
    """A log of a workspace: ``ledger`` or ``audit``."""
    chain = HashChain(workspace.ledger.path) if name == "ledger" else reads_chain(workspace)
    return MerkleLog(chain, workspace.data / TREES / name, f"{load_settings(workspace).audit.origin}/{name}")
