"""The method by which a policy grades now: its own items, or the model in use of its scheme."""

from __future__ import annotations

from riskml.explaining.model_method import ModelMethod
from riskml.grading.methods import ItemMethod, Method
from riskml.grading.policy import Policy
from riskml.training.model import Model, load_model
from riskml.workspace import Workspace


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


def model_of(method: Method) -> Model | None:
    """The model of a method that has one."""
    return method.model if isinstance(method, ModelMethod) else None
