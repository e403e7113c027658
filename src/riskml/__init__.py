"""Credit-risk classification of enterprises for market regulators (企业信用风险分类管理).

What analysts import is in ``__all__`` and described in `riskml.library`; everything else is the program's own.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = (
    "Bundle", "Cohort", "Explanations", "Judged", "RollingOrigins", "Workspace", "chinese_fonts", "simulated_workspace",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    # Every command imports this module, and none of them waits for pandas.
    if name in __all__:
        return getattr(import_module("riskml.library"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
