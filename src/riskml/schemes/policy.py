"""A policy: a regulation as it stands in the workspace, apart from any model.

scheme.yaml (grades, bands, rules, measures, notices), the effect periods, and the bands and matrix of local industries.
A run reads it from the workspace, so an edit acts with the next run; what a run was made by stays with the run, so that
it can be read for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from riskml.core import yaml_text
from riskml.core.configuration import read_text
from riskml.core.errors import RunError
from riskml.core.files import write_durably
from riskml.core.validation import ContentError
from riskml.core.workspace import Workspace, model_name
from riskml.records.effect_periods import EFFECT_PERIODS, EffectPeriods, parse_effect_periods
from riskml.schemes.industry import INDUSTRY, Industry, industry_scheme, parse_industry
from riskml.schemes.rule_texts import refuse_other_grades, refuse_uncounted_records
from riskml.schemes.rules import refuse_long_rules
from riskml.schemes.scheme import SCHEME, Scheme, parse_scheme

_INDUSTRIES = "industries"


@dataclass(frozen=True)
class Policy:
    """A regulation, read and checked.

    Parameters
    ----------
    industries
        Local industry → its bands and matrix.
    texts
        What it was read from: name → text, `SCHEME` and `EFFECT_PERIODS` and ``industries/<id>/industry.yaml``.
    """

    scheme: Scheme
    periods: EffectPeriods
    industries: Mapping[str, Industry]
    texts: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what all of `texts` say: the policy's identity in manifests and in the ledger. Comments and
        layout are no part of it.
        """
        return _digest(self.texts)

    @cached_property
    def digests(self) -> dict[str, str]:
        """File → SHA-256 of what it says, in the order of the names."""
        return _digests(self.texts)

    def graded_by(self, industry: str | None) -> Scheme:
        """The scheme by which a model grades: with the bands of the local industry that the model is of, if it is of
        one.
        """
        return self.scheme if industry is None else industry_scheme(self.scheme, self.industries[industry])

    def save(self, folder: Path) -> None:
        """Write its texts into a folder, from which `read_policy` reads the same policy."""
        for name, text in self.texts.items():
            write_durably(folder / name, text.encode())


def load_policy(workspace: Workspace, scheme: str) -> Policy:
    """The policy of a scheme as it now stands in the workspace; needs no model.

    Raises
    ------
    ConfigurationError
        Naming the file and the entry that is wrong.
    """
    files = {SCHEME: workspace.models / scheme / SCHEME, EFFECT_PERIODS: workspace.features / EFFECT_PERIODS}
    for name in workspace.industries(scheme):
        files[f"{_INDUSTRIES}/{name}/{INDUSTRY}"] = workspace.model(model_name(scheme, name)) / INDUSTRY
    policy = _parsed(files)
    # What a run kept is read as it is: these are for who edits.
    refuse_other_grades(policy.scheme, str(files[SCHEME]))
    refuse_uncounted_records(policy.scheme, str(files[SCHEME]))
    return policy


def read_policy(folder: Path, digest: str) -> Policy:
    """The policy that a run kept in a folder.

    Raises
    ------
    RunError
        Where it is not the one that has `digest`.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
    texts = {name: read_text(path) for name, path in files.items()}
    if not _are(texts, digest):
        raise RunError(
            zh=f"{folder} 不是这次结果所依据的办法（校验值应为 {digest[:12]}）；请从备份恢复，或重新运行 riskml "
            "score。",
            en=f"{folder} is not the policy that the run was made by (digest {digest[:12]}); restore it, or run "
            "'riskml score' again.",
        )
    return _parsed(files)


def _parsed(files: Mapping[str, Path]) -> Policy:
    texts = {name: read_text(path) for name, path in files.items()}
    scheme = parse_scheme(str(files[SCHEME]), texts[SCHEME])
    periods = parse_effect_periods(texts[EFFECT_PERIODS], str(files[EFFECT_PERIODS]))
    refuse_long_rules(scheme, periods, str(files[SCHEME]))
    industries = {
        Path(name).parent.name: parse_industry(text, str(files[name]))
        for name, text in texts.items()
        if name.startswith(f"{_INDUSTRIES}/")
    }
    for industry in industries.values():
        industry_scheme(scheme, industry)  # refuses bands that are not of the scheme's grades
    return Policy(scheme, periods, industries, texts)


def _digests(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: _digest_of_content(text) for name, text in sorted(texts.items())}


@lru_cache(maxsize=64)
def _digest_of_content(text: str) -> str:
    return _sha256(json.dumps(yaml_text.load(text), sort_keys=True, default=str))


def _digest(texts: Mapping[str, str]) -> str:
    return _over(_digests(texts))


def _are(texts: Mapping[str, str], digest: str) -> bool:
    try:
        return digest in (_digest(texts), _digest_of_texts(texts))
    except ContentError:
        return False  # what cannot be read is not what was kept


def _digest_of_texts(texts: Mapping[str, str]) -> str:
    """What runs called a policy when comments were a part of it; such runs are read as well."""
    return _over({name: _sha256(text) for name, text in sorted(texts.items())})


def _over(digests: Mapping[str, str]) -> str:
    return _sha256("".join(f"{name} {one}\n" for name, one in digests.items()))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
