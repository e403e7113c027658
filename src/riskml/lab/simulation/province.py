"""The simulated province, from the seed to the extracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from riskml.core.errors import ConfigurationError
from riskml.lab.simulation import basic, departments, dynamics, ties
from riskml.lab.simulation.amendments import amend, amendment_records
from riskml.lab.simulation.calendar import Calendar
from riskml.lab.simulation.columns import Frame
from riskml.lab.simulation.defects import Fields
from riskml.lab.simulation.external_grades import external_grades
from riskml.lab.simulation.extracts import write_extract
from riskml.lab.simulation.honour_claims import honour_claims
from riskml.lab.simulation.jump import Jump, with_jump
from riskml.lab.simulation.listings import abnormal_records, list_abnormal, list_serious, serious_records
from riskml.lab.simulation.penalties import detect, inspection_records, penalise, penalty_records
from riskml.lab.simulation.registration import LARGEST
from riskml.lab.simulation.reports import annual_reports, file_reports
from riskml.lab.simulation.social import commitments, complaints, honours, opinions, receive_complaints
from riskml.lab.simulation.streams import open_streams
from riskml.lab.simulation.supervision import inspect
from riskml.lab.simulation.truth import write_truth
from riskml.lab.simulation.world import World, build_world

FIELDS: dict[str, Fields] = {
    "enterprise": Fields("recordId", "APPRDATE", "REGSTATE_CN"),
    "licence": Fields("licNo", "valFrom", "licDomain_CN"),
    "branch": Fields("recordId", "ESTDATE"),
    "change": Fields("recordId", "altDate", "altItem_CN"),
    "annual_report": Fields("ANCHEID", "ANCHEDATE"),
    "equity_pledge": Fields("equityNo", "startDate"),
    "chattel_mortgage": Fields("morRegCNo", "startDate"),
    "ip_pledge": Fields("recordId", "startDate", "ipKind"),
    "suspension": Fields("recordId", "startDate"),
    "inspection": Fields("recordId", "insDate", "insRes_CN"),
    "penalty": Fields("penDecNo", "penDecIssDate", "severity_CN"),
    "abnormal_listing": Fields("recordId", "ABNTIME", "SPECAUSE_CN"),
    "serious_listing": Fields("recordId", "ABNTIME", "listKind"),
    "compulsory_measure": Fields("recordId", "startDate", "measure"),
    "tax_arrears": Fields("recordId", "startDate"),
    "external_grade": Fields("recordId", "startDate", "field"),
    "judgment": Fields("caseNo", "judgDate", "role"),
    "utility_arrears": Fields("recordId", "startDate", "utility"),
    "contract_breach": Fields("recordId", "breachDate"),
    "position": Fields("recordId", "startDate", "position_CN"),
    "shareholding": Fields("recordId", "conDate", "invType_CN"),
    "dishonest_debtor": Fields("recordId", "regDate", "subjectKind", subject=None),
    "complaint": Fields("recordId", "regDate", "kind"),
    "opinion": Fields("recordId", "pubDate", "sentiment"),
    "honour": Fields("recordId", "awardDate", "level"),
    "honour_claim": Fields("recordId", "stageDate", "stage"),
    "commitment": Fields("recordId", "checkDate", "outcome"),
    "amendment": Fields("recordId", "decDate", "kind_CN", subject=None),
}
"""For each extract, the columns that bad rows are bad in."""


@dataclass(frozen=True)
class SimulationSummary:
    """What was written.

    Parameters
    ----------
    rows
        Record table → rows of its extract, bad ones included.
    bad_rows
        Record table → kind of defect → number of bad rows.
    """

    rows: dict[str, int]
    bad_rows: dict[str, dict[str, int]]


def simulate(
    enterprises: int,
    seed: int,
    months: int,
    until: date,
    out: Path,
    truth: Path,
    on_progress: Callable[[str, float], None] | None = None,
    jump: Jump | None = None,
) -> SimulationSummary:
    """Simulate a province and write its raw extracts and, apart from them, its hidden risk.

    Parameters
    ----------
    enterprises
        Number of enterprises ever registered in Yunnan, those that closed included; besides them there are its
        individual businesses, and everyone in the three other places whose schemes are shipped
        (`riskml.lab.simulation.registration`).
    seed
        The same seed gives the same bytes.
    months
        Length of the window up to `until`; three years of thinner background lie before it.
    until
        Last day of the extracts.
    out
        Folder for one Parquet file per record table.
    truth
        Folder for ``hidden_risk.parquet``. It must not be `out` or lie in it.
    on_progress
        Called with what has just been finished and the share of the work done, 0 to 1.
    jump
        A trade that becomes riskier from one month on; none does where None.

    Raises
    ------
    ConfigurationError
        For a number that is out of range, or a folder for the truth that features could reach.
    """
    _check(enterprises, months, out, truth)
    report = on_progress or _silent
    calendar = Calendar(until, months)
    streams = open_streams(seed)
    out.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    world = build_world(streams, enterprises, calendar)
    if jump is not None:
        world = with_jump(world, jump)
    report("world", 0.1)
    makers = _makers(streams, world)
    rows: dict[str, int] = {}
    bad: dict[str, dict[str, int]] = {}
    for place, (table, make) in enumerate(makers.items()):
        written = write_extract(
            streams["defects"],
            out / f"{table}.parquet",
            make(),
            FIELDS[table],
            last_day=calendar.last_day,
            year=until.year,
        )
        rows[table], bad[table] = written.rows, written.bad
        report(table, 0.1 + 0.8 * (place + 1) / len(makers))
    write_truth(world, truth / "hidden_risk.parquet")
    report("truth", 1.0)
    return SimulationSummary(rows, bad)


def _makers(streams: dict[str, np.random.Generator], world: World) -> dict[str, Callable[[], Frame]]:
    """For each record table, the function that makes its extract when it is that table's turn."""
    reports = file_reports(streams["reports"], world)
    received = receive_complaints(streams["complaints"], world)
    detected = detect(streams["penalties"], world)
    inspections = inspect(streams["supervision"], world, complaints=received, reports=reports, detected=detected)
    penalties = penalise(streams["penalties"], world, inspections, detected)
    abnormal = list_abnormal(streams["listings"], world, reports, inspections)
    serious = list_serious(streams["listings"], world, penalties)
    amendments, penalties = amend(
        streams["amendments"], world, penalties=penalties, abnormal=abnormal, serious=serious, complaints=received
    )
    return {
        "enterprise": lambda: basic.registrations(streams["registration"], streams["areas"], world),
        "licence": lambda: basic.licences(streams["licences"], world),
        "branch": lambda: basic.branches(streams["branches"], world),
        "change": lambda: dynamics.registered_changes(streams["changes"], world),
        "annual_report": lambda: annual_reports(streams["reports"], world, reports),
        "equity_pledge": lambda: dynamics.equity_pledges(streams["pledges"], world),
        "chattel_mortgage": lambda: dynamics.chattel_mortgages(streams["pledges"], world),
        "ip_pledge": lambda: dynamics.ip_pledges(streams["pledges"], world),
        "suspension": lambda: dynamics.suspensions(streams["suspensions"], world),
        "inspection": lambda: inspection_records(streams["supervision"], world, inspections),
        "penalty": lambda: penalty_records(streams["cases"], world, penalties),
        "abnormal_listing": lambda: abnormal_records(streams["listings"], world, abnormal),
        "serious_listing": lambda: serious_records(streams["listings"], world, serious),
        "compulsory_measure": lambda: departments.compulsory_measures(streams["other_departments"], world),
        "tax_arrears": lambda: departments.tax_arrears(streams["other_departments"], streams["cases"], world),
        "external_grade": lambda: external_grades(streams["external_grades"], world),
        "judgment": lambda: departments.judgments(streams["courts"], streams["cases"], world),
        "utility_arrears": lambda: departments.utility_arrears(streams["other_departments"], streams["cases"], world),
        "contract_breach": lambda: departments.contract_breaches(streams["other_departments"], streams["cases"], world),
        "position": lambda: ties.positions(streams["positions"], world),
        "shareholding": lambda: ties.shareholdings(streams["shareholdings"], world),
        "dishonest_debtor": lambda: ties.dishonest_debtors(streams["debtors"], world),
        "complaint": lambda: complaints(streams["complaints"], world, received),
        "opinion": lambda: opinions(streams["social"], world),
        "honour": lambda: honours(streams["social"], world),
        "honour_claim": lambda: honour_claims(streams["honour_claims"], world),
        "commitment": lambda: commitments(streams["social"], streams["cases"], world),
        "amendment": lambda: amendment_records(amendments),
    }


def _silent(_what: str, _share: float) -> None:
    """Report nothing."""


def _check(enterprises: int, months: int, out: Path, truth: Path) -> None:
    if not 1 <= enterprises <= LARGEST:
        raise ConfigurationError(
            zh=f"企业数应为 1 至 {LARGEST}，而不是 {enterprises}。",
            en=f"enterprises should be 1 to {LARGEST}, not {enterprises}.",
        )
    if months < 1:
        raise ConfigurationError(
            zh=f"月数应至少为 1，而不是 {months}。", en=f"months should be at least 1, not {months}."
        )
    if truth.resolve().is_relative_to(out.resolve()):
        raise ConfigurationError(
            zh=f"真实风险目录 {truth} 不得位于原始数据目录 {out} 之内，否则指标可能读到它。",
            en=f"The folder of the truth {truth} must not lie in that of the extracts {out}: features could reach it.",
        )
