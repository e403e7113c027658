"""The ledger: what was put in force, when and by which account; one JSON line each, only ever added to.

The lines are a hash chain (`riskml.core.hash_chain`): one that was changed, removed, added or put elsewhere is noticed
whenever the ledger is read. They tell of

- what lies elsewhere and was put in its place (records, a model in use, a published run): a line ``begin`` with the
  digest that is about to take its place, and a line ``done`` when it has;
- what happened, and is kept nowhere else (an officer's decision, a promotion, a receipt).

Who may write to the folder can write the whole chain anew. What that cannot change is what is kept elsewhere: a
checkpoint of the tree over the lines (`riskml.audit.tlog`), or a hash of a line, of which `riskml ledger` prints the
last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from riskml.core.errors import RunError
from riskml.core.hash_chain import NOTHING_BEFORE, HashChain, Line, hash_of, kind_of
from riskml.core.language import Label
from riskml.core.validation import ContentError, Spec, validated

Kind = Literal[
    "load", "undo", "policy", "model", "promotion", "run", "decision", "receipt", "update", "backup", "dossier", "plan"
]

LABELS: Mapping[str, Label] = {
    "load": Label("导入", "load"),
    "undo": Label("撤销导入", "undo"),
    "policy": Label("办法和影响期", "policy"),
    "model": Label("登记模型", "model"),
    "promotion": Label("启用模型", "promotion"),
    "run": Label("评分", "run"),
    "decision": Label("人员决定", "decision"),
    "receipt": Label("回执", "receipt"),
    "update": Label("即时更新", "update"),
    "backup": Label("备份", "backup"),
    "dossier": Label("模型验证文件", "validation file"),
    "plan": Label("检查计划", "plan of inspections"),
}

LEDGER = "ledger.jsonl"
"""Its name, in the folder with everything received."""

NOTHING = ""
"""The digest of a place where nothing is."""


@dataclass(frozen=True)
class Ledger:
    """The ledger in a file; one that is not there yet has no line."""

    path: Path

    @property
    def _chain(self) -> HashChain:
        return HashChain(self.path)

    def lines(self, *kinds: Kind) -> list[Line]:
        """The lines of some kinds, or all, oldest first, once the whole chain is seen to be as it was written.

        Raises
        ------
        RunError
            Naming the first line that is not, or saying that lines are missing or too many at the end.
        """
        return [self._chain.parsed(raw) for raw in self._chain.read() if not kinds or kind_of(raw) in kinds]

    def contents(self, kind: Kind, spec: type[Spec]) -> list[Spec]:
        """What the lines of a kind say, oldest first, as its specification has it.

        Raises
        ------
        RunError
            As `lines`, or naming the line and the field that is wrong.
        """
        found = []
        for line in self.lines(kind):
            try:
                found.append(validated(spec, line.content))
            except ContentError as error:
                raise RunError(
                    zh=f"{self.path} 第 {line.number} 行不正确：{error.zh}；请从备份恢复，并查明原因。",
                    en=f"{self.path}, line {line.number}: {error.en}. Restore the file from the backup and find out "
                    "why.",
                ) from error
        return found

    def last_hash(self) -> str:
        """The hash of the last line, `NOTHING_BEFORE` where there is none; raises as `lines`."""
        raw = self._chain.read()
        return hash_of(raw[-1]) if raw else NOTHING_BEFORE

    def append(self, kind: Kind, content: Mapping[str, Any]) -> Line:
        """Add a line; it is on the disk when this returns.

        Raises
        ------
        RunError
            As `lines`: nothing is added to a ledger that was altered. Or where another process keeps it locked.
        """
        return self._chain.append(kind, content)

    @contextmanager
    def putting(self, kind: Kind, of: str, digest: str, **facts: Any) -> Iterator[None]:
        """Write a line before and a line after a ``with`` block in which what `of` names is put in its place.

        Parameters
        ----------
        of
            What is put: ``records``, ``model <name>``, ``run <scheme>/<as-of date>``.
        digest
            SHA-256 of what takes its place.
        facts
            What else the ledger keeps of it.
        """
        self.append(kind, {"of": of, "phase": "begin", "digest": digest, **facts})
        yield
        self.append(kind, {"of": of, "phase": "done", "digest": digest})

    def places(self) -> dict[str, tuple[str, ...]]:
        """Every place that something was put in → the digests of what may stand there, the newest last.

        That is what was put there last; where a writer was killed at it, what it began to put there too.
        """
        places: dict[str, tuple[str, ...]] = {}
        for line in self.lines("load", "undo", "promotion", "run"):
            of, digest, phase = (str(line.content.get(name)) for name in ("of", "digest", "phase"))
            if phase in ("begin", "done"):
                places[of] = (digest,) if phase == "done" else (*places.get(of, (NOTHING,)), digest)
        return places

    def accepted(self, of: str) -> tuple[str, ...]:
        """The digests of what may stand in the place that `of` names, the newest last; that of nothing there is
        `NOTHING`.
        """
        return self.places().get(of, (NOTHING,))

    def require(self, of: str, digest: str, path: Path) -> None:
        """Refuse what stands in the place that `of` names, unless it is what was put there.

        Raises
        ------
        RunError
            Naming `path`, and what the ledger has.
        """
        known = self.accepted(of)
        if digest in known:
            return
        zh, en = "总账中没有它", "the ledger knows nothing of it"
        if known != (NOTHING,):
            line = self._of(of)[-1]
            zh = (
                f"总账第 {line.number} 行（{line.at:%Y-%m-%d %H:%M}，{line.account}）记的是 {known[-1][:12]}，"
                f"现在{f'是 {digest[:12]}' if digest else '没有'}"
            )
            en = (
                f"line {line.number} of the ledger ({line.at:%Y-%m-%d %H:%M}, {line.account}) has {known[-1][:12]}, "
                "there is "
                f"{digest[:12] or 'nothing'}"
            )
        cure_zh, cure_en = _CURES[of.split(" ")[0]]
        raise RunError(
            zh=f"{path} 不是 riskml 放在那里的：{zh}；请查明是谁改动的，{cure_zh}。",
            en=f"{path} is not what riskml put there: {en}. Find out who changed it, and {cure_en}.",
        )

    def settle(self, of: str, digest: str) -> None:
        """Complete what a killed writer had put in the place that `of` names, which now has `digest`."""
        lines = self._of(of)
        if lines and lines[-1].content.get("phase") == "begin" and digest in self.accepted(of):
            self.append(lines[-1].kind, {"of": of, "phase": "done", "digest": digest})  # type: ignore[arg-type]

    def _of(self, of: str) -> list[Line]:
        return [line for line in self.lines("load", "undo", "promotion", "run") if line.content.get("of") == of]


_CURES = {
    "records": ("从备份恢复 data/", "restore data/ from the backup"),
    "model": ("用 riskml promote 启用登记过的版本", "put a registered version to use with 'riskml promote'"),
    "run": ("从备份恢复，或重新运行 riskml score", "restore it from the backup or run 'riskml score' again"),
}
