"""Inspections that follow from grades: the plan of a period, its commitment and its draw, and what comes back of it."""
