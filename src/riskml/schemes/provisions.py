"""What every entry of a scheme is made of: sentences of a regulation, each with its article, in both languages."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from riskml.core.configuration import Entry
from riskml.core.validation import ContentError, matching
from riskml.records.tables import Label


def _bilingual(label: Label) -> Label:
    if not (label.zh.strip() and label.en.strip()):
        raise ContentError("zh 和 en 都要写", "both zh and en must be written")
    return label


Text = Annotated[Label, AfterValidator(_bilingual)]
GradeId = Annotated[
    str, matching(r"[0-9A-Za-z\u4e00-\u9fff]{1,8}[+-]?", "等级，如 A、AAA、B+、优", "a grade like A, AAA, B+ or 优")
]


Basis = Literal["text", "ours"]
"""``text``: the regulation says so itself. ``ours``: it does not, the choice is the scheme file's and illustrative
(示意).
"""


_NUMERALS = "一二三四五六七八九"
_PARAGRAPH = re.compile(f"第([{_NUMERALS}])款")


class Article(Entry):
    """Where something stands in the scheme's own text: ``number`` as in "15(1)", `zh` as the text itself counts."""

    number: Annotated[
        str,
        matching(
            r"(\d+|[IVX]+)(\(\d+\))*", "条款号，如 '15'、15(1) 或 III(5)", "an article like '15', 15(1) or III(5)"
        ),
    ]
    zh: str = Field(min_length=1)

    @property
    def en(self) -> str:
        """The article in English, with the paragraph that the text counts.

        >>> Article(number="15(1)", zh="第十五条第（一）项").en, Article(number="III(5)", zh="三（五）").en
        ('Art. 15(1)', 'III(5)')
        >>> Article(number="15", zh="第十五条第一款").en, Article(number="9(3)", zh="第九条第二款第（三）项").en
        ('Art. 15, para. 1', 'Art. 9, para. 2(3)')
        """
        if not self.number[0].isdigit():
            return self.number
        paragraph = _PARAGRAPH.search(self.zh)
        if paragraph is None:
            return f"Art. {self.number}"
        article, bracket, item = self.number.partition("(")
        return f"Art. {article}, para. {_NUMERALS.index(paragraph[1]) + 1}{bracket}{item}"


class Document(Entry):
    """A document the scheme rests on; `number` and `issued` where the text at hand has them."""

    title: Text
    number: str | None = None
    issued: date | None = None


class Superseded(Document):
    """What takes the place of a sentence of the scheme, by a text that prevails over it.

    Parameters
    ----------
    since
        From which day.
    says
        What applies in its place.
    """

    since: date
    says: Text

    @property
    def told(self) -> Label:
        """From when, by which text, and what applies."""
        number = f"（{self.number}）" if self.number else ""
        return Label(
            f"自{self.since}起，《{self.title.zh}》{number}：{self.says.zh}",
            f"from {self.since} on, {self.title.en}{f' ({self.number})' if self.number else ''}: {self.says.en}",
        )


class Provision(Entry):
    """A sentence of the regulation with its article; `en` is our translation."""

    article: Article
    text: Text


class GradeProvision(Provision):
    """A sentence that applies to enterprises of these grades."""

    grades: tuple[GradeId, ...] = Field(min_length=1)
