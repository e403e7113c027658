"""What a published run says of itself: manifest.json, as typed data."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.validation import ContentError, validated_json
from riskml.core.workspace import score_command

MANIFEST = "manifest.json"

_Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Revision(BaseModel):
    """That the run took the place of another one of the same date, made of something else.

    Parameters
    ----------
    number
        1 for the first revision.
    reason
        Why, as stated; None where it was not.
    account, at
        Whose command, and when.
    changed
        What it was made of that is not what the one before was made of.
    grades_differ
        How many enterprises have another grade than in the one before, or are in one of the two only; None where that
        one was damaged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(ge=1)]
    reason: str | None
    account: str
    at: datetime
    changed: tuple[str, ...]
    grades_differ: _Count | None


class RunManifest(BaseModel):
    """The content of manifest.json.

    Parameters
    ----------
    policy, model, records, decisions
        Digests of what the run was made of; no model where the scheme adds points or counts.
    decisions_by_enterprise
        Enterprise → digest of the officers' decisions about it that were in force.
    grades
        Grade → number of enterprises, from the mildest grade to the riskiest.
    files
        Every Parquet file, relative to the run's folder → SHA-256.
    carried
        Every file of the policy and the models that the run carries, relative to its folder → SHA-256.
    industries
        Local industry → digest of its model.
    revision
        Where it took the place of an earlier one.
    notes
        What a reader of its grades should know of its dates.
    reports
        Each page for people → SHA-256; a run that Spark made has none.
    report_sha256
        Of report.html, in a run that was made when there was only that one.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    riskml: str
    scheme: str
    as_of: date
    policy: _Sha256
    model: _Sha256 | None
    records: _Sha256
    decisions: _Sha256
    decisions_in_force: _Count
    decisions_by_enterprise: dict[str, _Sha256] = {}
    simulated: bool
    enterprises: _Count
    grades: dict[str, _Count] = Field(min_length=2)
    pending_officer_choice: _Count
    quarantined_rows: dict[str, _Count]
    files: dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]+/[A-Za-z0-9._-]+\.parquet$")], _Sha256]
    carried: dict[Annotated[str, StringConstraints(pattern=r"^(policy|model|industry_models)/[\w./-]+$")], _Sha256]
    seconds: dict[str, _Amount]
    peak_memory_gib: _Amount
    industries: dict[str, _Sha256] = {}
    revision: Revision | None = None
    notes: tuple[Label, ...] = ()
    reports: dict[Annotated[str, StringConstraints(pattern=r"^report(\.en)?\.html$")], _Sha256] = {}
    report_sha256: _Sha256 | None = None


def read_run_manifest(folder: Path) -> tuple[RunManifest, bytes]:
    """The manifest of the run in a folder, and its bytes.

    Raises
    ------
    RunError
        Where it is not there, or naming every field that is wrong.
    """
    path, again = folder / MANIFEST, score_command(folder.parent.name, folder.name)
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(
            zh=f"{folder} 不是已发布的结果：没有 {MANIFEST}；请从备份恢复，或重新运行 {again}。",
            en=f"{folder} is no published run: it has no {MANIFEST}. Restore it, or run '{again}' again.",
        ) from error
    try:
        return validated_json(RunManifest, content, strict=True), content
    except ContentError as error:
        raise RunError(
            zh=f"{path} 不正确：{error.zh}；请从备份恢复，或重新运行 {again}。",
            en=f"{path} is not valid: {error.en}. Restore it, or run '{again}' again.",
        ) from error
