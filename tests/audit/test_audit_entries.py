"""Who read what: an entry before anything is given, none of it personal, and no more reading than is allowed."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import riskml.services
from riskml.audit.entries import Event, TooManyReadsError, audited, record
from riskml.audit.logs import reads_chain
from riskml.core.context_pool import ContextPool
from riskml.core.errors import RunError
from riskml.core.hash_chain import hash_of
from riskml.core.principal import Principal, acting
from riskml.core.workspace import Workspace

CODE = "91530102000000001X"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "data").mkdir()
    (tmp_path / "models" / "yunnan").mkdir(parents=True)
    (tmp_path / "models" / "yunnan" / "scheme.yaml").touch()
    return Workspace(tmp_path)


def entries(workspace: Workspace) -> list[dict[str, object]]:
    lines = [json.loads(raw) for raw in reads_chain(workspace).read()]
    return [{"kind": line["kind"], "account": line["account"], **line["content"]} for line in lines]


def test_an_entry_says_who_in_which_role_read_what(workspace: Workspace) -> None:
    with (
        acting(Principal("clerk-7", frozenset({"inspector"}))),
        audited(workspace, Event("read", "explain", CODE, "yunnan")),
    ):
        assert entries(workspace) == []
    record(workspace, Event("login", "password", outcome="refused", facts={"attempts": 3}))
    done, login = entries(workspace)
    assert done == {"kind": "read", "account": "clerk-7", "roles": ["inspector"], "what": "explain", "enterprise": CODE,
        "scheme": "yunnan", "outcome": "done"}  # fmt: skip
    assert (login["outcome"], login["attempts"], "administrator" in login["roles"]) == ("refused", 3, True)


def test_of_a_question_that_failed_nothing_that_was_typed_is_kept(workspace: Workspace) -> None:
    with pytest.raises(RunError), audited(workspace, Event("read", "explain", "530102199001011234", "张三")):
        raise RunError(zh="没有。", en="None.")
    (only,) = entries(workspace)
    assert (only["outcome"], "enterprise" in only, "scheme" in only) == ("failed", False, False)


@pytest.mark.parametrize(
    "fact", ["张三", "530102199001011234", "card 11010519491231002X", "13912345678", "a\nb", "x" * 200]
)
def test_no_personal_data_and_no_text_of_others_comes_into_an_entry(fact: str) -> None:
    with pytest.raises(ValueError, match="no words of the program"):
        Event("export", "csv", facts={"region": fact})


def test_what_cannot_be_traced_is_not_given(workspace: Workspace) -> None:
    (workspace.data / "audit.head.draft").mkdir()
    given = []

    def asked() -> str:
        with audited(workspace, Event("list", "migration")):
            return "the answer"

    with pytest.raises(RunError, match=r"audit\.jsonl cannot be written .* without a trace"):
        given.append(asked())
    assert given == []


def test_bulk_reading_is_flagged_once_and_then_refused_for_that_account_alone(workspace: Workspace) -> None:
    (workspace.root / "settings.yaml").write_text("reading: {flag_per_hour: 2, refuse_per_hour: 4}\n")

    def read(account: str, code: str) -> None:
        with acting(Principal(account)), audited(workspace, Event("read", "explain", code, "yunnan")):
            pass

    for code in ("A", "B", "A", "A", "C", "D", "B"):
        read("clerk", code)
    with pytest.raises(TooManyReadsError, match="clerk has read 4 enterprises within an hour"):
        read("clerk", "E")
    read("clerk", "A")
    read("other", "E")
    told = [(one["account"], one["kind"], one["outcome"]) for one in entries(workspace) if one["kind"] == "bulk"]
    assert told == [("clerk", "bulk", "done")]
    assert [one for one in entries(workspace) if one["outcome"] == "refused"] == [
        {"kind": "read", "account": "clerk", "roles": [], "what": "explain", "enterprise": "E", "scheme": "yunnan",
            "outcome": "refused", "why": "bulk", "enterprises": 4}
    ]  # fmt: skip


def test_reads_of_more_than_an_hour_ago_count_no_more(workspace: Workspace) -> None:
    from riskml.audit import recent

    for number in range(100):
        record(workspace, Event("read", "explain", str(number)))
    chain = reads_chain(workspace)
    lines = [json.loads(raw) for raw in chain.read()]
    account, moment = lines[0]["account"], recent.datetime.fromisoformat(lines[60]["at"])
    later = sum(recent.datetime.fromisoformat(line["at"]) >= moment for line in lines)
    found = recent._Window().of(chain, account, "0", moment + recent.WITHIN)
    assert (found.others, found.flagged) == (later, False)
    assert recent._Window().of(chain, account, "99", moment + recent.WITHIN).others == later - 1
    assert recent._Window().of(chain, "nobody", "0", moment).others == 0


def test_twenty_writers_at_once_are_all_there_each_in_its_own_name(workspace: Workspace) -> None:
    def write(number: int) -> str:
        with acting(Principal(f"reader-{number}")):
            return [record(workspace, Event("read", "explain", str(at))) for at in range(10)][-1].hash

    with ContextPool(20) as pool:
        last = {asked.result() for asked in [pool.submit(write, number) for number in range(20)]}
    raw = reads_chain(workspace).read()
    found = entries(workspace)
    assert len(raw) == 200
    assert last <= {hash_of(one) for one in raw}
    for number in range(20):
        own = [one["enterprise"] for one in found if one["account"] == f"reader-{number}"]
        assert own == [str(at) for at in range(10)]


def calls_of(node: ast.AST, names: set[str]) -> list[ast.Call]:
    """The calls of some functions within a part of a source."""
    return [
        one for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in names
    ]  # fmt: skip


def services() -> list[tuple[str, ast.FunctionDef, set[str]]]:
    """Every function of the services that somebody asks, with its module and what asks in it: `asked_by`, or a
    function of the module's own that does.
    """
    found = []
    for path in sorted(Path(riskml.services.__file__).parent.glob("*.py")):
        made = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        asks = {"asked_by"} | {one.name for one in made if one.name.startswith("_") and calls_of(one, {"asked_by"})}
        for one in made:
            names = {argument.arg for argument in (*one.args.args, *one.args.kwonlyargs)}
            # Where a workspace is made of a backup, there is none yet to leave an entry in.
            if not one.name.startswith("_") and "asker" in names and one.name != "restore_workspace":
                found.append((path.stem, one, asks))
    return found


@pytest.mark.parametrize(
    ("module", "service", "asks"), services(), ids=[f"{module}-{one.name}" for module, one, _ in services()]
)
def test_whatever_is_asked_about_one_enterprise_has_an_entry(
    module: str, service: ast.FunctionDef, asks: set[str]
) -> None:
    asked = calls_of(service, asks)
    assert asked, f"{module}.{service.name} is asked otherwise than within asked_by"
    names = {one.arg for one in (*service.args.args, *service.args.kwonlyargs)}
    if names & {"enterprise", "enterprise_id"}:
        (gives,) = [one.args[2] for one in asked]
        assert isinstance(gives, ast.Call), f"{module}.{service.name} gives out an enterprise without an entry"
        assert ast.literal_eval(gives.args[0]) in ("read", "export")
        assert ast.unparse(gives.args[2]) in ("code", "enterprise_id")
