"""A small city whose scheme has codes posted, and the desk's own key."""

from __future__ import annotations

from pathlib import Path

import pytest
from databases import desk, postgresql
from handmade import Province
from small_runs import T, code

from riskml.accounts.desk_key import VARIABLE, make_desk_key
from riskml.core.init import create_workspace
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.services.scoring import score_province

__all__ = ["desk", "postgresql"]

PLAIN, BUSINESS, GONE, ELSEWHERE, MOVED = 1, 2, 3, 4, 5


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk's own key, named by the environment."""
    path = tmp_path / "desk.key"
    make_desk_key(path)
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.fixture(scope="module")
def lingyuan(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Five enterprises, graded by Lingyuan's draft as if it still ran; one moved away since."""
    made = create_workspace(tmp_path_factory.mktemp("posting") / "workspace")
    scheme = made.models / "lingyuan" / "scheme.yaml"
    text = scheme.read_text(encoding="utf-8")
    scheme.write_text(text.replace("until: 2023-09-30", "until: 2099-12-31"), encoding="utf-8")
    (made.root / "settings.yaml").write_text(
        "public: {address: 'https://credit.example.invalid', each_per_minute: 9}\n"
    )
    usual = {"valid_from": "2020-01-02", "status": "active", "division": "211382", "established_date": "2020-01-02",
             "kind": "limited_company", "street": "211382001"}  # fmt: skip
    changed = {
        PLAIN: {"name": "凌源测试有限公司"},
        BUSINESS: {"name": "凌源市张三丰小吃店", "kind": "individual_business", "street": "211382002"},
        GONE: {"name": "凌源注销有限公司", "status": "deregistered"},
        ELSEWHERE: {"name": "昆明测试有限公司", "division": "530102", "street": "530102001"},
        MOVED: {"name": "迁出测试有限公司"},
    }
    moved = {"name": "迁出测试有限公司", "division": "530102", "street": "530102001", "valid_from": "2026-11-01"}
    Province(made.root).receive({
        "enterprise": [
            {"record_id": f"DJ-{number}", "enterprise_id": code(number), **usual, **more}
            for number, more in changed.items()
        ] + [{"record_id": "DJ-0", "enterprise_id": code(MOVED), **usual, **moved}],
        "position": [
            {"record_id": "P-1", "enterprise_id": code(BUSINESS), "start_date": "2020-01-01", "person_id": "Q1",
             "person_name": "张三丰", "role": "operator"}
        ],
    })  # fmt: skip
    score_province(made, Principal("clerk"), "lingyuan", T, lambda *_: None)
    return made


@pytest.fixture(scope="module")
def langfang(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two enterprises, graded by Langfang's opinions."""
    made = create_workspace(tmp_path_factory.mktemp("authorised") / "workspace")
    usual = {"valid_from": "2020-01-02", "status": "active", "division": "131002", "established_date": "2020-01-02",
             "kind": "limited_company"}  # fmt: skip
    Province(made.root).receive({
        "enterprise": [
            {"record_id": f"DJ-{number}", "enterprise_id": code(number), "name": f"廊坊{number}有限公司", **usual}
            for number in (PLAIN, BUSINESS)
        ],
        "tax_arrears": [
            {"record_id": "Q-1", "enterprise_id": code(PLAIN), "start_date": "2026-09-01", "amount": "3"}
        ],
    })  # fmt: skip
    score_province(made, Principal("clerk"), "langfang", T, lambda *_: None)
    return made
