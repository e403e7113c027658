"""What the validation file of a version has found that stands against putting it to use, as the ledger has it."""

from __future__ import annotations

from pydantic import Field

from riskml.core.configuration import Entry
from riskml.core.ledger import Ledger
from riskml.training.promotion_limits import BrokenLimit

OPEN_FINDINGS = "open_findings"


class BlockingFinding(Entry):
    """One that is open, in words."""

    id: str
    zh: str
    en: str


class DossierLine(Entry):
    """The content of a line of kind ``dossier``; `digest` is of the file that was built."""

    scheme: str
    bundle: str
    digest: str
    blocking: tuple[BlockingFinding, ...] = Field(default=())


def open_findings(ledger: Ledger, bundle: str) -> tuple[BrokenLimit, ...]:
    """The limit that a version breaks whose newest validation file has findings that block; none where there is no
    such file.
    """
    lines = [line for line in ledger.contents("dossier", DossierLine) if line.bundle == bundle]
    found = lines[-1].blocking if lines else ()
    if not found:
        return ()
    zh, en = "；".join(one.zh for one in found), "; ".join(one.en for one in found)
    return (
        BrokenLimit(
            OPEN_FINDINGS,
            len(found),
            0,
            f"它的验证文件有未了结的问题：{zh}",
            f"its validation file has open findings: {en}",
        ),
    )
