"""A line of the ledger in words: what was put where, who decided what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskml.core.hash_chain import Line
from riskml.core.language import LIST_SEPARATOR, Label, counted, say
from riskml.lifecycle.promotion_log import ACTION_LABELS as ACTIONS
from riskml.schemes.decisions import LABELS as ANSWERS
from riskml.schemes.grade import BAND

_PHASES = {"begin": Label("开始", "begun"), "done": Label("完成", "done"), "refused": Label("未晋升", "not promoted")}

_SHORT = 12
"""Characters of a hash that a line shows."""

Rules = Mapping[tuple[str, str], Label]
"""What a rule of a scheme is called, by both ids."""


def content_of(line: Line, rules: Rules) -> str:
    """What a line says, in one sentence without a full stop; of a kind that is not known, its short values."""
    content = line.content
    match line.kind:
        case "load" | "undo" if "load" in content:
            what = say(
                f"第{content['load']}批，来源 {content.get('source')}",
                f"load {content['load']} of {content.get('source')}",
            )
        case "model":
            what = say(
                f"{content.get('model')}，MLflow 运行 {content.get('run_id')}",
                f"{content.get('model')}, MLflow run {content.get('run_id')}",
            )
            return LIST_SEPARATOR.said.join((what, _hash(content.get("bundle"))))
        case "promotion" if content.get("outcome"):
            what = _promoted(content["of"], content["outcome"])
        case "policy":
            return _policy(content)
        case "decision":
            return _decision(content, rules)
        case "update":
            return LIST_SEPARATOR.said.join(_update(one, rules) for one in content.get("updates") or [content])
        case "receipt" if isinstance(content.get("receipt"), dict):
            receipt = content["receipt"]
            return say(
                f"推送包 {receipt.get('package')}，接收方 {receipt.get('receiver')}",
                f"package {receipt.get('package')}, by {receipt.get('receiver')}",
            )
        case _ if "of" in content:
            what = str(content["of"]).removeprefix("run ")
        case _:
            return ", ".join(f"{name} {value}" for name, value in content.items() if isinstance(value, str | int))
    phase = _PHASES.get(str(content.get("phase")))
    return LIST_SEPARATOR.said.join(filter(None, (what, phase.said if phase else "", _hash(content.get("digest")))))


def _hash(digest: object) -> str:
    """The beginning of a hash; that of nothing is said."""
    if digest is None:
        return ""
    return f"{say('散列', 'hash')} {str(digest)[:_SHORT]}" if digest else say("原处为空", "nothing is left there")


def _promoted(of: str, outcome: Mapping[str, Any]) -> str:
    action = ACTIONS[outcome["action"]].said if outcome.get("action") in ACTIONS else str(outcome.get("action"))
    reason = say(f"，理由：{outcome['reason']}", f", why: {outcome['reason']}") if outcome.get("reason") else ""
    named = of.removeprefix("model ")
    return say(
        f"{named} 版本 {outcome.get('version')}：{action}，{outcome.get('by')}{reason}",
        f"{named} version {outcome.get('version')}: {action}, by {outcome.get('by')}{reason}",
    )


def _policy(content: Mapping[str, Any]) -> str:
    scheme, as_of, digest = content.get("scheme"), content.get("as_of"), str(content.get("policy"))[:_SHORT]
    changes = len(content.get("changed") or ())
    first = say(f"{scheme}：{as_of} 首次使用办法 {digest}", f"{scheme}: policy {digest}, first used as of {as_of}")
    if not changes:
        return first
    moved = content.get("grades_moved")
    told = "" if moved is None else say(f"，变动{moved:,}个等级", f", {counted(moved, 'grades')} changed")
    return LIST_SEPARATOR.said.join((first, say(f"改动{changes}处", counted(changes, "changes")) + told))


def _decision(content: Mapping[str, Any], rules: Rules) -> str:
    scheme, rule, grade = (str(content.get(name)) for name in ("scheme", "rule", "grade"))
    answer = ANSWERS[grade].said if grade in ANSWERS else grade
    named = rules.get((scheme, rule), Label(rule, rule)).said
    until = content.get("expires_on")
    told = say(
        f"{scheme} {content.get('enterprise_id')}，{named}：{answer}",
        f"{scheme} {content.get('enterprise_id')}, {named}: {answer}",
    )
    by = say(
        f"{content.get('officer')}，{content.get('decided_on')}",
        f"{content.get('officer')}, {content.get('decided_on')}",
    )
    lapses = say(f"{until} 失效", f"lapses on {until}") if until else say("直至撤回", "until taken back")
    return LIST_SEPARATOR.said.join((told, by, lapses))


def _update(one: Mapping[str, Any], rules: Rules) -> str:
    scheme, by = str(one.get("scheme")), str(one.get("decided_by"))
    why = say("按评价方法", "by the method alone") if by == BAND else rules.get((scheme, by), Label(by, by)).said
    return f"{scheme} {one.get('enterprise_id')} {one.get('was')} → {one.get('grade')}{say('，', ', ')}{why}"
