"""Plans beside a plan: what they have drawn counts towards the cap of the year, which holds only if none is drawn
unseen.
"""

from __future__ import annotations

from riskml.core.china_day import china_today
from riskml.core.errors import RunError
from riskml.core.ledger import Ledger
from riskml.core.workspace import Workspace
from riskml.planning.plan_files import PlanFolder, drawn_plans, steps_of
from riskml.planning.settings import PlanSettings


def drawn_beside(workspace: Workspace, settings: PlanSettings) -> tuple[PlanFolder, ...]:
    """The other plans of the year that were drawn, of any scheme."""
    own, year = f"{settings.scheme}/{settings.plan}", str(settings.period.until.year)
    return tuple(
        one for one in drawn_plans(workspace) if one.name != own and one.content()["period"]["until"][:4] == year
    )


def refuse_unseen(ledger: Ledger, folder: PlanFolder) -> None:
    """Refuse to commit to a plan whose frame does not have all that others draw of the year.

    A commitment leaves no choice: what is drawn after it is drawn whatever the cap, so the cap is looked after before.

    Raises
    ------
    RunError
        Where another plan of the year was drawn after this one was made, or is committed to, not drawn, and its period
        is not over.
    """
    plan, today = folder.content(), str(china_today())
    lines = [line.content for line in ledger.lines("plan") if line.content["step"] == "commitment"]
    for name, until in {one["plan"]: one["period"]["until"] for one in lines}.items():
        if name in (folder.name, *plan["others"]) or until[:4] != plan["period"]["until"][:4]:
            continue
        if steps_of(ledger, name).draw is not None:
            raise RunError(
                zh=f"计划 {name} 在 {folder.name} 制定之后抽取，其检查未计入每户每年的上限；"
                "请重新运行 riskml plan make。",
                en=f"The plan {name} was drawn after {folder.name} was made, which does not count its visits towards "
                "the cap of the year: run 'riskml plan make' again.",
            )
        if until >= today:
            raise RunError(
                zh=f"计划 {name} 已承诺而未抽取，同一年的上限须计入其检查；请先抽取它，再重新运行 riskml plan make。",
                en=f"The plan {name} of the same year is committed to and not drawn, and its visits count towards the "
                "cap: draw it first, then run 'riskml plan make' again.",
            )
