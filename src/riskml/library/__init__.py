"""What analysts import: ``import riskml`` has these names, and imports none of this before one is used.

Reads are audited in the name of the account that runs the process, as those of commands are.
"""

from riskml.library.bundle import Bundle
from riskml.library.cohort import Cohort
from riskml.library.explanations import Explanations
from riskml.library.plots import chinese_fonts
from riskml.library.simulated import simulated_workspace
from riskml.library.workspace import Workspace
from riskml.lifecycle.judge import Judged
from riskml.training.origins import RollingOrigins

__all__ = [
    "Bundle", "Cohort", "Explanations", "Judged", "RollingOrigins", "Workspace", "chinese_fonts", "simulated_workspace",
]  # fmt: skip
