"""Who read, exported or asked for what: an entry each, and nothing is given out without one.

A service is asked within `riskml.services.asking.asked_by`, which writes the entry by `audited`; it is the one place.
What is no question to a service (a login, a page refused before one is asked, an account that was changed) is written
by `record`, in the name of whoever acts::

    with acting(Principal("clerk-7", frozenset({"inspector"}))):
        record(workspace, Event("login", "password"))
        record(workspace, Event("read", "enterprise page", enterprise=code, outcome="refused",
                                facts={"why": "region"}))

No personal data is in an entry: besides account and roles it has the code of an enterprise and short words of the
program. For a login that failed, act as ``Principal(NOBODY)``: what was typed as a name may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from riskml.audit.logs import reads_chain
from riskml.audit.recent import recent_reads
from riskml.core.errors import RunError
from riskml.core.hash_chain import Line
from riskml.core.language import Label
from riskml.core.principal import NOBODY, account, who_acts
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace

Kind = Literal["read", "list", "export", "login", "change", "audit", "bulk"]

Outcome = Literal["done", "failed", "refused"]

Fact = str | int | float | bool | None

KINDS: Mapping[str, Label] = {
    "read": Label("查看企业", "enterprise read"),
    "list": Label("查看名单", "list read"),
    "export": Label("导出", "export"),
    "login": Label("登录", "login"),
    "change": Label("账号或设置变动", "account or setting changed"),
    "audit": Label("查看留痕", "audit read"),
    "bulk": Label("大量查看", "bulk reading"),
}

OUTCOMES: Mapping[str, Label] = {
    "done": Label("完成", "done"),
    "failed": Label("未成", "failed"),
    "refused": Label("拒绝", "refused"),
}

_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,:/@+-]{0,119}|")
"""What a fact may be where it is a text: the program's own words, days, codes, names of files."""

PERSONS_NUMBER = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)")
"""Numbers of identity cards and of mobile telephones."""


class TooManyReadsError(RunError):
    """An account has read as many enterprises within an hour as one may."""


@dataclass(frozen=True)
class Event:
    """What somebody did.

    Parameters
    ----------
    what
        Which question or page, in a word or two: ``explain``, ``what-if``.
    enterprise
        The code of the one that it was about.
    scheme
        The scheme's id.
    facts
        What else is to be known: short words, days and numbers.
    """

    kind: Kind
    what: str
    enterprise: str | None = None
    scheme: str | None = None
    outcome: Outcome = "done"
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.what, *self.facts.values()):
            if isinstance(value, str) and (not _WORDS.fullmatch(value) or PERSONS_NUMBER.search(value)):
                raise ValueError(f"no words of the program, or a person's number: {value!r}")


def record(workspace: Workspace, event: Event) -> Line:
    """Write an entry in the name of whoever acts; it is on the disk when this returns.

    Raises
    ------
    RunError
        Where it cannot be written: what it tells of must not be done then.
    """
    content = {"roles": sorted(who_acts().roles), "what": event.what, "enterprise": event.enterprise,
               "scheme": event.scheme, "outcome": event.outcome, **event.facts}  # fmt: skip
    chain = reads_chain(workspace)
    try:
        return chain.append(event.kind, {name: value for name, value in content.items() if value is not None})
    except OSError as error:
        raise RunError(
            zh=f"写不进 {chain.path}（{type(error).__name__}）：查询须留痕，所以没有给出任何内容；"
            f"请让账号 {account()} 能写 {chain.path.parent}。",
            en=f"{chain.path} cannot be written ({type(error).__name__}). No question is answered without a trace: let "
            f"the account {account()} write to {chain.path.parent}.",
        ) from error


@contextmanager
def audited(workspace: Workspace, event: Event) -> Iterator[None]:
    """Do a ``with`` block that gives something out, and write the entry of it before it is given.

    Of a question that fails the code is left out: what was typed as one may be anything.

    Raises
    ------
    TooManyReadsError
        Where the account read as many enterprises in the last hour as one may.
    RunError
        Where no entry can be written.
    """
    _refuse_bulk(workspace, event)
    try:
        yield
    except Exception:
        known = event.scheme if event.scheme in workspace.schemes else None
        record(workspace, replace(event, enterprise=None, scheme=known, outcome="failed"))
        raise
    record(workspace, event)


def _refuse_bulk(workspace: Workspace, event: Event) -> None:
    """Flag an account that reads many enterprises, and refuse the next one where they are too many. Those who are not
    signed in are no account: what they may read, posted codes alone, has limits of its own.
    """
    if event.kind != "read" or event.enterprise is None or account() == NOBODY:
        return
    limits, found = load_settings(workspace).reading, recent_reads(reads_chain(workspace), account(), event.enterprise)
    number = found.others + 1
    if number > limits.refuse_per_hour:
        record(workspace, replace(event, outcome="refused", facts={"why": "bulk", "enterprises": number - 1}))
        raise TooManyReadsError(
            zh=f"账号 {account()} 一小时内已查看 {number - 1:,} 家企业，达到上限 {limits.refuse_per_hour:,}"
            "（settings.yaml 的 reading.refuse_per_hour）；请稍后再查，或由管理员导出。",
            en=f"The account {account()} has read {number - 1:,} enterprises within an hour, which is the limit "
            f"(reading.refuse_per_hour of settings.yaml: {limits.refuse_per_hour:,}). Ask again later, or have them "
            "exported by an administrator.",
        )
    if number > limits.flag_per_hour and not found.flagged:
        record(workspace, Event("bulk", "flag", facts={"enterprises": number}))
