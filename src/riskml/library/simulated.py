"""A small simulated province, to try things on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from riskml.core.init import create_workspace
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace as Folders
from riskml.lab.simulation import simulate
from riskml.library.workspace import Workspace
from riskml.services.deliveries import Delivery, load_delivery
from riskml.services.lifecycle import train
from riskml.services.scoring import score_province

LAST_DAY = date(2026, 10, 31)
"""The last day of its records, and the as-of date of its model and its run."""

_MONTHS = 48


def simulated_workspace(
    path: str | Path = "simulated-province", *, enterprises: int = 2000, seed: int = 7
) -> Workspace:
    """A workspace with a **simulated** province, trained and scored; made where there is none yet, which takes about a
    minute.

    Parameters
    ----------
    path
        The folder. Where it holds one already, that is opened as it is.
    enterprises, seed
        How large a province is made, and by which random numbers; with fewer than about 1,500 enterprises too few
        visits find a problem to train on.
    """
    folders = Folders(Path(path))
    if not folders.features.is_dir():
        _make(Path(path), enterprises, seed)
    return Workspace(path)


def _make(path: Path, enterprises: int, seed: int) -> None:
    folders, me = create_workspace(path), Principal.of_process()
    simulate(enterprises, seed, _MONTHS, LAST_DAY, folders.data / "simulated", folders.data / "truth", lambda *_: None)
    delivery = Delivery("simulated", folders.data / "simulated", LAST_DAY + timedelta(days=1))
    load_delivery(folders, me, delivery, lambda *_: None)
    train(folders, me, "yunnan", None, LAST_DAY, lambda *_: None)
    score_province(folders, me, "yunnan", LAST_DAY, lambda *_: None)
