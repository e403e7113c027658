"""The validation file: its numbers are answers to queries, and one that was edited is refused by name."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from small_runs import make_bundle

from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.evaluation.dossier.build import Built, verify, write
from riskml.evaluation.dossier.content import answers
from riskml.evaluation.dossier.inputs import Asked
from riskml.evaluation.dossier.spec import dossier_spec
from riskml.lifecycle.open_findings import open_findings
from riskml.training.tracking import logged_bundle

BETTER = {"value": 0.03, "low": 0.01, "high": 0.05, "better_share": 0.99}
WORSE = {"value": 0.01, "low": -0.02, "high": 0.04, "better_share": 0.7}


def inputs(
    bundle: Any, *, rolling: dict[str, float] = BETTER, rates: tuple[float, ...] = (0.1, 0.3), warned: bool = False
) -> dict[str, Any]:
    """What a small evaluation would leave."""
    grades = [
        {"grade": grade, "rows": 50, "problems": round(50 * rate), "rate": rate}
        for grade, rate in zip("AB", rates, strict=True)
    ]
    figures = {"auc": {"value": 0.73, "low": 0.68, "high": 0.78}}
    return {
        "model": {"scheme": "yunnan", "label": {"zh": "云南", "en": "Yunnan"}, "bundle": bundle.digest,
                  "columns": ["a", "b"], "constraints": [1, 0], "facts": json.loads(json.dumps(bundle.facts))},
        "evaluation": {
            "simulated": False,
            "verdict": {"shown_better": rolling["low"] > 0, "rolling": rolling, "tested": WORSE, "origins": 4},
            "rivals": {"model": {"evaluation": {"rows": 100, "problems": 120, "figures": figures,
                                                "grades": {"rates": grades}}}},
            "groups": [{"attribute": "size", "group": {"zh": "小", "en": "small"}, "rates": {
                "selected": {"value": 0.2, "warned": warned}}}],
        },
        "probes": {"permuted": [{"value": 0.5, "low": 0.4, "high": 0.6}], "days": 31, "used": figures["auc"],
                   "ahead": {"value": 0.95, "low": 0.93, "high": 0.97}, "gain": BETTER, "learns_from_nothing": False},
        "ledger": [{"number": 1, "kind": "promotion"}],
        "loads": [{"tables": {"penalty": {"taken": 7, "refused": 2}, "inspection": {"taken": 5, "refused": 0}}}],
        "runs": [],
        "records_changed": {"changed": False},
    }  # fmt: skip


class Office:
    """A workspace with a registered model, and its dossier."""

    def __init__(self, root: Path) -> None:
        self.workspace: Workspace = create_workspace(root / "workspace")
        self.bundle = make_bundle()
        self.bundle.save(logged_bundle(self.workspace.root, "run1"))
        self.workspace.ledger.append("model", {"model": "yunnan", "bundle": self.bundle.digest, "run_id": "run1"})
        with speaking(Language.en):
            self.built: Built = write(self.workspace, inputs(self.bundle), root / "dossier")

    def edited(self, name: str, old: str, new: str) -> Path:
        """The folder after an edit of a file; the file as it was is put back by `restored`."""
        path = self.built.folder / name
        self.kept = (path, path.read_bytes())
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self.built.folder

    def restored(self) -> None:
        """Undo the edit."""
        path, content = self.kept
        path.write_bytes(content)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def test_every_number_is_an_answer_to_its_query(office: Office) -> None:
    asked = Asked(json.loads((office.built.folder / "inputs.json").read_text(encoding="utf-8")))
    found = answers(office.built.content)
    assert found["data.rows_taken"][1] == [[12]]
    assert found["outcomes.auc"][1] == [[0.73, 0.68, 0.78]]
    assert all(asked.rows(query) == rows for query, rows in found.values())
    assert verify(office.workspace, office.built.folder) == len(found)
    assert not office.built.blocking


def test_the_texts_hold_no_number_that_nobody_asks_for() -> None:
    for section in dossier_spec().sections:
        for text in section.text:
            assert not any(mark.isdigit() for mark in text.zh + text.en), text


def test_the_rows_of_every_table_are_in_an_order_that_is_stated() -> None:
    """Else they would come as the evaluation happens to keep them, and no reader could follow a column down."""
    for section in dossier_spec().sections:
        for table in section.tables:
            assert " ORDER BY " in table.query, table.id


def test_the_documents_say_what_the_figures_are(office: Office) -> None:
    document = Document(BytesIO((office.built.folder / "dossier.docx").read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "0.730 [0.680, 0.780]" in cells
    assert "+0.030 [+0.010, +0.050]" in cells
    assert not any("{{" in cell or "{%" in cell for cell in cells)
    assert (office.built.folder / "dossier.pdf").read_bytes().startswith(b"%PDF")


def test_an_edited_figure_is_refused_by_name(office: Office) -> None:
    folder = office.edited("dossier.json", "0.73", "0.83")
    with pytest.raises(RunError, match=r"outcomes\.auc says 0\.83, its query 0\.73"):
        verify(office.workspace, folder)
    office.restored()


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("dossier.json", "'$.verdict.shown_better'", "'$.verdict'", "query that is not the program's: not asked"),
        ("inputs.json", '"evaluation": {', '"nothing": {', "cannot be asked"),
        ("inputs.json", '"evaluation": {', '"a\\" (j JSON); --": {', "cannot be asked"),
        ("dossier.json", '"findings"', '"found"', "not as riskml dossier build writes it .*findings"),
    ],
)
def test_what_is_no_dossier_or_asks_something_else_is_named(
    office: Office, name: str, old: str, new: str, told: str
) -> None:
    folder = office.edited(name, old, new)
    with pytest.raises(RunError, match=told):
        verify(office.workspace, folder)
    office.restored()


def test_a_figure_edited_together_with_what_it_is_asked_of_is_refused(office: Office) -> None:
    office.edited("dossier.json", "0.73", "0.83")
    first = office.kept
    folder = office.edited("inputs.json", "0.73", "0.83")
    with pytest.raises(RunError, match=r"inputs\.json is not what the file was built from"):
        verify(office.workspace, folder)
    office.restored()
    first[0].write_bytes(first[1])


def test_a_document_that_was_edited_is_refused(office: Office) -> None:
    path = office.built.folder / "dossier.pdf"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"%PDF", b"%PDf", 1))
    with pytest.raises(RunError, match=r"in 1 place:\n  dossier\.pdf is not made of dossier\.json"):
        verify(office.workspace, office.built.folder)
    path.write_bytes(kept)


def test_one_that_the_ledger_does_not_know_is_refused(office: Office, tmp_path: Path) -> None:
    other = create_workspace(tmp_path / "other")
    with pytest.raises(RunError, match="the ledger has no"):
        verify(other, office.built.folder)


@pytest.mark.parametrize(
    ("changed", "finding"),
    [({"rolling": WORSE}, "not_better"), ({"rates": (0.3, 0.1)}, "rates_fall"), ({"warned": True}, "groups_warned")],
)
def test_what_stands_against_promotion_is_open(
    office: Office, tmp_path: Path, changed: dict[str, Any], finding: str
) -> None:
    built = write(office.workspace, inputs(office.bundle, **changed), tmp_path / "dossier")
    assert [one["id"] for one in built.blocking] == [finding]
    (limit,) = open_findings(office.workspace.ledger, office.bundle.digest)
    assert built.blocking[0]["text"]["en"] in limit.en
    write(office.workspace, inputs(office.bundle), tmp_path / "dossier")
    assert not open_findings(office.workspace.ledger, office.bundle.digest)
