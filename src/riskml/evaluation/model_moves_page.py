"""Two models side by side: one offline page of who moves and why, and everyone whose grade moves as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pandas as pd
import pyarrow as pa

from riskml.core.language import Label, say
from riskml.core.pages import rendered
from riskml.evaluation.charts import WHOLE
from riskml.evaluation.model_moves import NAMED, GroupMoves, ModelMoves
from riskml.explaining.colours import LOWERED, RAISED, grade_tint
from riskml.explaining.fonts import FONTS, LABEL_SIZE, label_width
from riskml.explaining.profile import SECTIONS, region_name
from riskml.explaining.values import signed
from riskml.explaining.vega import to_svg
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.columns import Field, score, text
from riskml.publication.csv_export import write_query
from riskml.records.tables import TABLES
from riskml.schemes.notices import notice_of

SQUARES, SHOWN_INDICATORS, SHOWN_ENTERPRISES, SHOWN_GROUPS = 40, 15, 30, 20

_UNKNOWN = Label("未知", "unknown")


def write_page(moves: ModelMoves, versions: tuple[str, str], path: Path) -> None:
    """Write the page whole, in the language that is spoken; `versions` are what the two models are called."""
    names = moves.scheme.grade_names
    page = rendered(
        Path(__file__).parent / "templates" / "model_moves.html.j2",
        moves=moves,
        versions=versions,
        notice=notice_of(moves.scheme, moves.as_of),
        names=names,
        tints=[grade_tint(place, len(names)) for place in range(len(names))],
        charts={"scores": score_chart(moves, versions), "indicators": indicator_chart(moves)},
        groups={
            label.said: [(_called(by, one.group), one) for one in moves.groups(by)[:SHOWN_GROUPS]]
            for by, label in _BY.items()
        },
        found=moves.found(),
        furthest=[_told(moves, one) for one in moves.furthest(SHOWN_ENTERPRISES)],
        moving=_moving,
        signed=signed,
        fonts=FONTS,
    )
    with appearing_whole_file(path) as draft:
        draft.write_text(page, encoding="utf-8")


def write_csv(moves: ModelMoves, versions: tuple[str, str], path: Path) -> int:
    """Write everyone whose grade would be another one as CSV, those who move furthest first; returns how many."""
    one, other = versions
    named = [
        field
        for place in range(1, NAMED + 1)
        for field in (
            text(f"by_{place}", f"原因{place}", f"indicator {place}", required=False),
            score(f"by_{place}_points", f"原因{place}的分差", f"difference of indicator {place}"),
        )
    ]
    fields = (
        text("enterprise_id", "统一社会信用代码", "enterprise"), text("division", "行政区划", "division"),
        text("kind", "企业类型", "kind", required=False),
        text("section", "行业门类", "section of trade", required=False),
        text("grade", f"等级，{one}", f"grade, {one}"), text("other_grade", f"等级，{other}", f"grade, {other}"),
        score("score", f"得分，{one}", f"score, {one}"), score("other_score", f"得分，{other}", f"score, {other}"),
        *named, Field("visits", "integer", Label("此后的检查", "visits since")),
        Field("problems", "integer", Label("此后发现问题", "problems since")),
    )  # fmt: skip
    words = {**moves.labels, **{f"kind {code}": label for code, label in _kinds().items()}}
    told = pa.table({"name": list(words), "said": [label.said for label in words.values()]})
    with duckdb.connect() as connection, appearing_whole_file(path) as draft:
        connection.register("moves", moves.rows)
        connection.register("told", told)
        said = ", ".join(
            f"(SELECT said FROM told WHERE name = {name}) AS {column}"
            for name, column in [
                ("concat('kind ', kind)", "kind"),
                *((f"by_{n + 1}", f"by_{n + 1}") for n in range(NAMED)),
            ]
        )
        rows = (
            f"(SELECT * REPLACE ({said}) FROM moves WHERE apart > 0 "
            "ORDER BY apart DESC, abs(other_score - score) DESC, enterprise_id)"
        )
        notice = notice_of(moves.scheme, moves.as_of)
        return write_query(draft, fields, connection, rows, notice=notice, simulated=moves.simulated)


def score_chart(moves: ModelMoves, versions: tuple[str, str]) -> str:
    """How many enterprises there are at each score by the one model and by the other; on the line both say the same."""
    bands = moves.scheme.score
    assert bands is not None, "a model scores"
    width = (bands.to - bands.from_) / SQUARES
    data = pd.DataFrame(moves.squares(width)).assign(
        score_to=lambda one: one["score"] + width, other_to=lambda one: one["other"] + width
    )
    domain = alt.Scale(domain=[bands.from_, bands.to], nice=False)
    axis = {"scale": domain, "axis": alt.Axis(tickCount=5, grid=False)}
    title = say("得分，", "score, ")
    squares = alt.Chart(data, width=420, height=420).mark_rect().encode(
        x=alt.X("score:Q", title=title + versions[0], **axis), x2="score_to:Q",
        y=alt.Y("other:Q", title=title + versions[1], **axis), y2="other_to:Q",
        color=alt.Color("count:Q", title=say("企业", "enterprises"),
            scale=alt.Scale(type="log", range=["#dbe7f2", "#123a63"])),
    )  # fmt: skip
    same = alt.Chart(pd.DataFrame({"at": [bands.from_, bands.to]})).mark_line(color="#777", strokeDash=[4, 4])
    cuts = alt.Chart(pd.DataFrame({"at": [band.from_ for band in moves.scheme.ascending[1:]]}))
    rule = {"strokeDash": [2, 3], "color": "#b0b8c0"}
    return to_svg(
        alt.layer(
            squares, cuts.mark_rule(**rule).encode(x="at:Q"), cuts.mark_rule(**rule).encode(y="at:Q"),
            same.encode(x="at:Q", y="at:Q"),
        )
    )  # fmt: skip


def indicator_chart(moves: ModelMoves) -> str:
    """The indicators that move scores most: by how much on average, for those who move to riskier and to milder
    grades.
    """
    shown = moves.indicators[:SHOWN_INDICATORS]
    ways = {
        "riskier": say("升到更高风险的", "to a riskier grade"),
        "milder": say("降到更低风险的", "to a milder grade"),
    }
    rows = [
        {"indicator": moves.labels[one.name].said, "who": said, "points": getattr(one, way)}
        for one in shown
        for way, said in ways.items()
    ]
    labels = [moves.labels[one.name].said for one in shown]
    room = label_width(labels)
    chart = alt.Chart(pd.DataFrame(rows), width=max(320, WHOLE - room), height=30 * len(shown)).mark_bar(size=11)
    return to_svg(
        chart.encode(
            y=alt.Y("indicator:N", sort=labels, title=None,
                axis=alt.Axis(labelLimit=0, minExtent=room, labelFontSize=LABEL_SIZE)),
            yOffset=alt.YOffset("who:N", sort=list(ways.values())),
            x=alt.X("points:Q", title=say("平均分差", "mean difference, points")),
            color=alt.Color("who:N", title=None, sort=list(ways.values()),
                scale=alt.Scale(domain=list(ways.values()), range=[RAISED, LOWERED]),
                legend=alt.Legend(orient="bottom", labelLimit=420)),
        )
    )  # fmt: skip


_BY = {
    "region": Label("地区", "region"), "kind": Label("企业类型", "kind of enterprise"),
    "section": Label("行业门类", "section of trade"),
}  # fmt: skip


def _called(by: str, group: str) -> str:
    if not group:
        return _UNKNOWN.said
    if by == "region":
        return region_name(f"{group}00")
    if by == "section":
        return SECTIONS[group].said if group in SECTIONS else group
    return _kinds()[group].said if group in _kinds() else group


def _kinds() -> dict[str, Label]:
    """What kinds of enterprises are called."""
    return next(one.codes for one in TABLES["enterprise"].columns if one.name == "kind") or {}


def _moving(one: GroupMoves) -> float:
    """The share of a group whose grade moves."""
    return (one.milder + one.riskier) / one.enterprises


def _told(moves: ModelMoves, one: dict[str, Any]) -> dict[str, Any]:
    """An enterprise with the indicators that move its score in words."""
    by = [
        f"{moves.labels[one[f'by_{place}']].said} {signed(one[f'by_{place}_points'])}" for place in range(1, NAMED + 1)
    ]
    return {**one, "by": by, "region": _called("region", (one["division"] or "")[:4])}
