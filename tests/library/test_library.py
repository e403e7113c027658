"""What analysts import: a few names, cheap until one is used, and the same figures as the commands give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_runs import T, code, make_workspace

import riskml
from riskml.audit.logs import reads_chain
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace as Folders
from riskml.services.scoring import score_province


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    made = make_workspace(tmp_path_factory.mktemp("library") / "workspace")
    score_province(made, Principal("clerk"), "yunnan", T, lambda *_: None)
    return made


@pytest.fixture
def workspace(folders: Folders) -> riskml.Workspace:
    return riskml.Workspace(folders.root)


def test_the_names_are_few_and_importing_them_waits_for_no_library() -> None:
    assert dir(riskml) == sorted(riskml.__all__)
    code = "import sys, riskml; sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'riskml.library')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = riskml.Nothing


def test_what_the_model_in_use_predicts_is_what_the_run_published(workspace: riskml.Workspace) -> None:
    grades, matrix = workspace.grades(), workspace.explanations().values
    predicted = workspace.bundle().predict(matrix).reindex(grades.index)
    assert (predicted["risk"] == grades["risk"]).all()
    assert (predicted["score"] == grades["score"]).all()
    assert (predicted["band"] == grades["band"]).all()
    for end in ("risk_low", "risk_high"):
        assert (predicted[end] == grades[end]).all()
    assert (grades["risk_low"] < grades["risk_high"]).all()
    parts = workspace.bundle().contributions(matrix).reindex(grades.index)
    np.testing.assert_allclose(parts.sum(axis=1), grades["margin"])
    with pytest.raises(RunError, match="fine_amount"):
        workspace.bundle().predict(matrix.drop(columns="fine_amount"))


def test_what_a_notebook_prints_of_one_enterprise_is_a_line_without_its_records(workspace: riskml.Workspace) -> None:
    why, back = workspace.explain(code(3)), workspace.way_back(code(3))
    for found in (why, back):
        assert repr(found).startswith(f"<{type(found).__name__} of {code(3)} as of {T}: {why.grade}, score ")
        assert len(repr(found)) < 120
        assert why.subject.name not in repr(found)


def test_explanations_of_many_are_those_of_each(workspace: riskml.Workspace) -> None:
    many = workspace.explanations([code(2), code(3)])
    one = workspace.explain(code(3))
    assert list(many.contributions.index) == [code(2), code(3)]
    np.testing.assert_allclose(many.contributions.loc[code(3)], one.to_shap().values)
    assert many.to_shap().feature_names == one.to_shap().feature_names
    assert len(workspace.explanations().contributions) == len(workspace.grades())


def test_the_matrix_is_of_everyone_and_by_the_files_as_they_are(workspace: riskml.Workspace) -> None:
    matrix = workspace.matrix(T)
    assert set(workspace.grades().index) <= set(matrix.index)
    assert matrix.loc[code(2), "penalty_count_365d"] == workspace.explanations().values.loc[code(2)].iloc[0]


def test_every_read_is_on_the_audit_log(folders: Folders, workspace: riskml.Workspace) -> None:
    chain = reads_chain(folders)
    before = len(list(chain.read()))
    workspace.grades()
    workspace.matrix(T)
    workspace.explanations([code(2)])
    workspace.explain(code(2))
    workspace.what_if(code(2))
    lines = [chain.parsed(raw) for raw in list(chain.read())[before:]]
    assert [line.content["what"] for line in lines] == ["grades", "indicators", "contributions", "explain", "what-if"]


def test_steps_are_asked_for_as_they_are_listed(workspace: riskml.Workspace) -> None:
    listed = [one.asked for one in workspace.what_if(code(3)).may_do if one.asked]
    supposed = workspace.what_if(code(3), listed[:1])
    assert len(supposed.steps) == 1
    with pytest.raises(ConfigurationError, match="'forgotten:P-1' is no step"):
        workspace.what_if(code(3), ["forgotten:P-1"])
    assert workspace.way_back(code(3)).subject.enterprise_id == code(3)


def test_what_is_not_there_is_said(workspace: riskml.Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a workspace"):
        riskml.Workspace(tmp_path)
    with pytest.raises(ConfigurationError, match="no scheme 'yunan'"):
        workspace.grades(scheme="yunan")
    with pytest.raises(ConfigurationError, match="is not a date like"):
        workspace.grades("31.10.2026")


def test_chinese_is_drawn_and_not_as_boxes() -> None:
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    with matplotlib.rc_context():
        found = riskml.chinese_fonts()
        font = font_manager.fontManager.ttflist
        path = next(one.fname for one in font if one.name == found)
        assert FT2Font(path).get_char_index(ord("险")) != 0
        assert matplotlib.rcParams["font.sans-serif"][0] == found
