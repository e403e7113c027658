"""`riskml dossier build`: the validation file of a model; `riskml dossier verify`: whether it is as it was built."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from riskml.core.china_day import china_now
from riskml.core.configuration import parse_json, read_bytes
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import counted, language
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.dossier.content import Content, answers, content_of
from riskml.evaluation.dossier.document import documents
from riskml.evaluation.dossier.inputs import Asked, Inputs, digest_of, inputs_of
from riskml.evaluation.dossier.probes import probe
from riskml.evaluation.dossier.spec import dossier_spec
from riskml.evaluation.evaluate import evaluate_model
from riskml.lifecycle.open_findings import BlockingFinding, DossierLine
from riskml.publication.atomic_write import appearing_whole
from riskml.training.registry import Registry

DOSSIER, INPUTS = "dossier.json", "inputs.json"
LARGEST = 64 << 20
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Built:
    """A dossier that was built."""

    folder: Path
    content: Content

    @property
    def blocking(self) -> list[Content]:
        """The open findings that stand against promotion."""
        return [one for one in self.content["findings"] if one["open"] and one["blocks"]]

    @property
    def notes(self) -> list[Content]:
        """The other open ones."""
        return [one for one in self.content["findings"] if one["open"] and not one["blocks"]]


def build(workspace: Workspace, scheme: str, version: int | None, to: Path | None, on_progress: Progress) -> Built:
    """Evaluate and probe the model in use, or a registered version, and write its dossier to a folder.

    Parameters
    ----------
    to
        ``runs/<scheme>/dossiers/<first characters of the bundle's digest>`` where None.
    """
    report = evaluate_model(workspace, scheme, on_progress, version)
    inputs = inputs_of(workspace, report, probe(report.evaluated, on_progress))
    return write(workspace, inputs, to)


def write(workspace: Workspace, inputs: Inputs, to: Path | None) -> Built:
    """Ask the inputs, and put the dossier and its documents in their place; its digest goes on the ledger first."""
    inputs = json.loads(_as_text(inputs))  # in the order of the file, in which they are asked again
    model = inputs["model"]
    folder = to or workspace.runs / model["scheme"] / "dossiers" / model["bundle"][:12]
    dossier = {
        "scheme_id": model["scheme"],
        "scheme": model["label"],
        "bundle": model["bundle"],
        "made_at": china_now().replace(microsecond=0).isoformat(),
        "language": language().value,
        "simulated": bool(inputs["evaluation"]["simulated"]),
        "inputs": digest_of(inputs),
        **content_of(dossier_spec(), inputs),
    }
    made = documents(workspace, dossier)
    line = DossierLine(
        scheme=model["scheme"],
        bundle=model["bundle"],
        digest=digest_of(dossier),
        blocking=tuple(BlockingFinding(id=one["id"], **one["text"]) for one in Built(folder, dossier).blocking),
    )
    workspace.ledger.append("dossier", line.model_dump(mode="json"))
    with appearing_whole(folder) as draft:
        (draft / DOSSIER).write_text(_as_text(dossier), encoding="utf-8")
        (draft / INPUTS).write_text(_as_text(inputs), encoding="utf-8")
        for name, content in made.items():
            (draft / name).write_bytes(content)
    return Built(folder, dossier)


def verify(workspace: Workspace, folder: Path) -> int:
    """Ask every query of a dossier again, and compare it with its documents, its model and the ledger.

    Returns
    -------
    int
        How many answers were compared.

    Raises
    ------
    RunError
        Naming each figure that is not what its query answers, or what else was altered.
    """
    dossier, inputs = _read(folder / DOSSIER), _read(folder / INPUTS)
    digest = digest_of(dossier)
    is_built_here = digest in {line.digest for line in workspace.ledger.contents("dossier", DossierLine)}
    faults = []
    if not is_built_here:
        faults.append(
            (f"总账没有校验值为 {digest[:12]} 的 {DOSSIER}", f"the ledger has no {DOSSIER} with digest {digest[:12]}")
        )
    try:
        faults += _wrong_answers(dossier, inputs, only_shipped=not is_built_here)
    except (KeyError, TypeError, AttributeError, duckdb.Error) as error:
        raise RunError(
            zh=f"{folder} 的 {DOSSIER} 或 {INPUTS} 不是 riskml dossier build 写出的样子（{error}）；"
            "请重新生成：riskml dossier build。",
            en=f"{DOSSIER} or {INPUTS} of {folder} is not as riskml dossier build writes it ({error}). Build it again "
            "with riskml dossier build.",
        ) from error
    if digest_of(inputs) != dossier.get("inputs"):
        faults.append((f"{INPUTS} 不是建立时的资料", f"{INPUTS} is not what the file was built from"))
    if not faults:
        faults = _altered(workspace, folder, dossier, inputs)
    if faults:
        shown_zh, shown_en = ("\n  ".join(one[place] for one in faults[:_MOST_SHOWN]) for place in (0, 1))
        raise RunError(
            zh=f"{folder} 有 {len(faults)} 处与查询结果或总账不符：\n  {shown_zh}\n请重新生成：riskml dossier build。",
            en=f"{folder} differs from its queries or from the ledger in {counted(len(faults), 'places')}:\n"
            f"  {shown_en}\nBuild it again with riskml dossier build.",
        )
    return len(answers(dossier))


def _wrong_answers(dossier: Content, inputs: Inputs, *, only_shipped: bool) -> list[tuple[str, str]]:
    """The figures that are written otherwise than their queries answer.

    Parameters
    ----------
    only_shipped
        Ask no query but those of the program: others may be anybody's.
    """
    faults = []
    with closing(Asked(inputs)) as asked:
        for name, (query, written) in answers(dossier).items():
            if only_shipped and query not in dossier_spec().queries:
                faults.append(
                    (f"{name}：不是程序的查询，没有执行", f"{name} has a query that is not the program's: not asked")
                )
                continue
            try:
                found = json.loads(json.dumps(asked.rows(query)))
            except duckdb.Error as error:
                faults.append(
                    (f"{name}：查询无法执行（{error}）", f"{name} has a query that cannot be asked ({error})")
                )
                continue
            if found != written:
                says, answered = _where(written, found)
                faults.append(
                    (f"{name}：写的是 {says}，查询得 {answered}", f"{name} says {says}, its query {answered}")
                )
    return faults


def _where(written: Any, found: Any) -> tuple[Any, Any]:
    """The first value that differs, of two answers of the same form; else both whole."""
    if isinstance(written, list) and isinstance(found, list) and len(written) == len(found):
        return next(_where(one, other) for one, other in zip(written, found, strict=True) if one != other)
    return written, found


def _altered(workspace: Workspace, folder: Path, dossier: Content, inputs: Inputs) -> list[tuple[str, str]]:
    """What differs from the registered model, and from the documents that belong to the figures."""
    faults = []
    registry = Registry(workspace.root, dossier["scheme_id"])
    run = registry.registered().get(dossier["bundle"])
    if run is None:
        faults.append(("总账没有登记过这个模型", "the ledger knows no such model"))
    elif json.loads(json.dumps(registry.bundle(run, dossier["bundle"]).facts)) != inputs["model"]["facts"]:
        faults.append(
            (f"{INPUTS} 的模型事实与登记的模型不同", f"the model's facts in {INPUTS} are not the registered ones")
        )
    for name, content in documents(workspace, dossier).items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            faults.append(
                (
                    f"{name} 与 {DOSSIER} 的数字不一致，或模板已改",
                    f"{name} is not made of {DOSSIER}, or the template changed",
                )
            )
    return faults


def _read(path: Path) -> Any:
    if not path.is_file():
        raise ConfigurationError(
            zh=f"{path} 不存在；请指明 riskml dossier build 写出的目录。",
            en=f"{path} does not exist; name the folder that riskml dossier build wrote.",
        )
    return parse_json(read_bytes(path, LARGEST), str(path))


def _as_text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
