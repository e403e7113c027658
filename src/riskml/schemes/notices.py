"""What every list and file that leaves says of itself: the scheme's own notice, with its article, and whether the
scheme is in force.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from riskml.records.tables import Label
from riskml.schemes.scheme import Scheme
from riskml.schemes.scheme_entries import DocumentKind

NOTICE = Label("须知", "notice")
"""What the notice is called where it has a name: the last column of a sheet, a key of JSON and Parquet metadata."""


def notice_of(scheme: Scheme, as_of: date) -> Label:
    """The scheme's notice in one sentence, with where it stands; it says so where the scheme is not in force at
    `as_of`, and that nothing is made public then where the scheme makes results public.
    """
    title, article, text = scheme.basis[0].title, scheme.notice.article, scheme.notice.text
    zh, en = f"{text.zh}（《{title.zh}》{article.zh}）。", f"{text.en} ({title.en}, {article.en})."
    if scheme.draft:
        zh, en = f"{zh}该办法为征求意见稿。", f"{en} The text is a draft for comment."
    if scheme.score is not None and scheme.score.direction == "better":
        zh, en = f"{zh}得分越高，信用越好。", f"{en} Higher scores are better."
    if scheme.in_force is None:
        return Label(zh, en)
    begun, until = scheme.in_force.from_, scheme.in_force.until
    if until is not None and as_of > until:
        after = Label("，此后不再公示", ", and nothing is made public after that") if scheme.public else Label("", "")
        return Label(f"{zh}该办法的有效期至{until}{after.zh}。", f"{en} These Measures ran until {until}{after.en}.")
    if as_of < begun:
        before = (
            Label("，在此之前不公示", ", and nothing is made public before that") if scheme.public else Label("", "")
        )
        return Label(
            f"{zh}该办法自{begun}起施行{before.zh}。", f"{en} These Measures take force on {begun}{before.en}."
        )
    return Label(zh, en)


def status_of(scheme: Scheme, on: date) -> Label:
    """Where the regulation stands on a day, by its own words: a draft or not, and in force, no longer or not yet."""
    draft = Label("征求意见稿", "draft for comment")
    if scheme.in_force is None:
        return draft  # what is issued names its day
    begun, until = scheme.in_force.from_, scheme.in_force.until
    if until is not None and on > until:
        when = Label(f"有效期至{until}，已过", f"ran until {until}")
    elif on < begun:
        when = Label(f"自{begun}起施行，尚未施行", f"takes force on {begun}")
    else:
        when = Label(
            f"自{begun}起施行" + (f"，有效期至{until}" if until else ""),
            f"in force since {begun}" + (f", until {until}" if until else ""),
        )
    return Label(f"{draft.zh}；{when.zh}", f"{draft.en}; {when.en}") if scheme.draft else when


def status_beyond_notice(scheme: Scheme, on: date) -> Label | None:
    """`status_of` where `notice_of` does not say it already: of a text that is in force on the day."""
    return status_of(scheme, on) if is_in_force(scheme, on) else None


def is_in_force(scheme: Scheme, on: date) -> bool:
    """Whether the days that the regulation names hold a day; a draft that names some is taken by its words, one without
    has none.
    """
    found = scheme.in_force
    return found is not None and found.from_ <= on and (found.until is None or on <= found.until)


def basis_of(scheme: Scheme, document: DocumentKind) -> list[dict[str, Any]]:
    """The sentences of the scheme that a document rests on, as plain JSON values; none where the scheme has none."""
    return [
        {"article": {"number": one.article.number, "zh": one.article.zh, "en": one.article.en}, "text": vars(one.text)}
        for one in scheme.bases(document)
    ]


def articles_of(scheme: Scheme, document: DocumentKind) -> Label:
    """The articles that a document rests on, for a sentence; empty where the scheme has none.

    Said with the scheme's title: an article without it could be any text's.
    """
    found = scheme.bases(document)
    if not found:
        return Label("", "")
    title = scheme.basis[0].title
    return Label(
        f"依据《{title.zh}》{'、'.join(one.article.zh for one in found)}。",
        f"Legal basis: {title.en}, {', '.join(one.article.en for one in found)}.",
    )
