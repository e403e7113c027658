"""The shipped policy is read when this is imported: processes that are forked afterwards need not read it again."""

from handmade import ROOT

from riskml.core.workspace import Workspace
from riskml.schemes.policy import load_policy

load_policy(Workspace(ROOT), "yunnan")
