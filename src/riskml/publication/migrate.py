"""The migration between two published runs, written beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.core.errors import ConfigurationError
from riskml.core.language import language, speaking
from riskml.core.workspace import Workspace
from riskml.publication.atomic_write import appearing_whole
from riskml.publication.labels import Words, words_of
from riskml.publication.movements import Movements, find_movements, write_movements
from riskml.publication.notifications import write_notifications
from riskml.runs.published import published_run, run_before


@dataclass(frozen=True)
class Migration:
    """What was written.

    Parameters
    ----------
    divisions
        How many divisions have enterprises whose grade fell: one notification each.
    """

    folder: Path
    movements: Movements
    words: Words
    divisions: int


def migrate(
    workspace: Workspace, scheme: str, as_of: date, earlier: date | None, on_progress: Callable[[str, int, int], None]
) -> Migration:
    """Compare the run at `as_of` with the one at `earlier`, the run before it where None, and write the lists.

    The folder is ``runs/<scheme>/migration/<earlier>_<as_of>``: a published run never changes, so nothing is written
    into it.

    Raises
    ------
    ConfigurationError
        Where one of the runs is not published, or `earlier` is not the earlier of the two.
    """
    if earlier is not None and earlier >= as_of:
        raise ConfigurationError(
            zh=f"--from {earlier} 应早于 --as-of {as_of}。", en=f"--from {earlier} should lie before --as-of {as_of}."
        )
    after = published_run(workspace, scheme, as_of)
    before = run_before(workspace, scheme, as_of) if earlier is None else published_run(workspace, scheme, earlier)
    words = words_of(after)
    on_progress("comparing", 0, 2)
    movements = find_movements(workspace, before, after)
    on_progress("writing", 1, 2)
    folder = workspace.runs / scheme / "migration" / f"{before.as_of}_{after.as_of}"
    # Asking the environment for the language at every word would take as long as the rest.
    with appearing_whole(folder) as draft, speaking(language()):
        write_movements(draft, movements, words)
        divisions = write_notifications(draft / "notifications", movements, words)
    return Migration(folder, movements, words, divisions)
