"""Who asks is who the ledger notes."""

from __future__ import annotations

from pathlib import Path

from riskml.core import logs
from riskml.core.context_pool import ContextPool
from riskml.core.ledger import Ledger
from riskml.core.principal import Principal, account, acting


def test_each_thread_acts_in_the_name_of_who_asked_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")

    def decide(name: str) -> None:
        with acting(Principal(name)), ContextPool(1) as pool:
            pool.submit(ledger.append, "decision", {"by": name}).result()

    with ContextPool(4) as pool:
        for done in [pool.submit(decide, f"officer-{number}") for number in range(8)]:
            done.result()
    lines = ledger.lines("decision")
    assert sorted(line.account for line in lines) == [f"officer-{number}" for number in range(8)]
    assert all(line.account == line.content["by"] for line in lines)
    assert account() == Principal.of_process().account


def test_commands_side_by_side_have_a_log_each(tmp_path: Path) -> None:
    def command(name: str) -> str:
        logs.start(tmp_path, name)
        logs.event("asked", number=1)
        log = logs.current()
        logs.finish("finished", 0)
        assert log is not None
        return log.path.read_text("utf-8")

    with ContextPool(4) as pool:
        texts = [done.result() for done in [pool.submit(command, f"command-{number}") for number in range(8)]]
    assert [text.count(f'"command": "command-{number}"') for number, text in enumerate(texts)] == [3] * 8
    assert logs.current() is None
