"""Random numbers: one independent stream per subject, all from one seed."""

from __future__ import annotations

import numpy as np

SUBJECTS = (
    "registration", "identifiers", "positions", "shareholdings", "branches", "addresses", "latent", "closures",
    "changes", "licences",
    "reports", "pledges", "suspensions", "complaints", "supervision", "penalties", "listings", "other_departments",
    "courts", "debtors",
    "social", "amendments", "defects", "elsewhere", "areas", "cases", "external_grades", "honour_claims",
)  # fmt: skip
"""Append only: a subject's place in this list decides its stream."""


def open_streams(seed: int) -> dict[str, np.random.Generator]:
    """A generator per subject, so that a change to one subject leaves the others as they were.

    >>> open_streams(7)["latent"].random() == open_streams(7)["latent"].random()
    True
    """
    children = np.random.SeedSequence(seed).spawn(len(SUBJECTS))
    return {subject: np.random.default_rng(child) for subject, child in zip(SUBJECTS, children, strict=True)}
