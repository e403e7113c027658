"""The method by which a policy grades now: its own items, or the model in use of its scheme."""

from __future__ import annotations

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import Policy, load_policy
from riskml.training.model import Model, load_model
from riskml.training.model_method import ModelMethod


def method_in_use(workspace: Workspace, policy: Policy) -> Method:
    """What grades under a policy; only a scheme that says ``method: model`` needs a model.

    Raises
    ------
    ConfigurationError
        Where it needs one and there is none yet.
    RunError
        Where the model in use was altered.
    """
    if policy.scheme.method == "model":
        return ModelMethod(load_model(workspace, policy.scheme.id), policy.scheme)
    return ItemMethod(policy.scheme)


def require_model(workspace: Workspace, scheme: str) -> None:
    """Refuse to train or judge a model of a scheme that needs none; a ConfigurationError says so."""
    if (method := load_policy(workspace, scheme).scheme.method) != "model":
        way = {"points": ("计分", "adds points"), "counts": ("计数", "counts records")}[method]
        raise ConfigurationError(
            zh=f"办法 {scheme} {way[0]}（method: {method}），不用模型，不必训练；直接运行 riskml score --scheme "
            f"{scheme}。",
            en=f"Scheme {scheme} {way[1]} (method: {method}) and needs no model and no training; run 'riskml score "
            f"--scheme {scheme}'.",
        )


def model_of(method: Method) -> Model | None:
    """The model of a method that has one."""
    return method.model if isinstance(method, ModelMethod) else None
