"""A synthetic province with the same record tables as a real one."""

from riskml.lab.simulation.jump import Jump
from riskml.lab.simulation.province import SimulationSummary, simulate

__all__ = ["Jump", "SimulationSummary", "simulate"]
