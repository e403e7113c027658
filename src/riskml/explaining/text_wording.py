"""Texts and lines of an explanation on a terminal, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from riskml.core.language import Label, say
from riskml.core.lines import Flowing
from riskml.explaining.citations import Evidence
from riskml.explaining.labels import counts, more_records, words_of
from riskml.explaining.values import percent_interval, point_places, points, signed, times
from riskml.schemes.provisions import Article, Provision
from riskml.schemes.scheme import Scheme


class Spoken:
    """Labels and a scheme's fixed words in the language that is spoken."""

    def __init__(self, scheme: Scheme) -> None:
        self.words, self.counts, self.places = words_of(scheme), counts(scheme), point_places(scheme)

    def __call__(self, label: Label | Article) -> str:
        """A label or article in that language."""
        return label.said if isinstance(label, Label) else say(label.zh, label.en)

    def word(self, name: str) -> str:
        """One of the scheme's fixed words, by its name in `words_of`."""
        return self(self.words[name])

    def entry(self, name: str, value: str) -> str:
        """A fixed word with what it is in this case."""
        return f"{self.word(name)}{say('：', ': ')}{value}"

    def article(self, provision: Provision) -> str:
        """The article of a provision, before what it says."""
        return self.place(provision.article)

    def place(self, article: Article) -> str:
        """An article before what it says."""
        return f"{self(article)}{say('：', ': ')}"

    def bracketed(self, text: str) -> str:
        """A text in brackets, to be added to another."""
        return say(f"（{text}）", f" ({text})")

    def listed(self, texts: Iterable[str]) -> str:
        """Texts one after the other."""
        return say("、", ", ").join(texts)

    def evidence(self, found: Evidence) -> str:
        """The records that something rests on, and how many are not named."""
        unlisted = found.count - len(found.cited)
        more = self.bracketed(self(more_records(unlisted))) if unlisted else ""
        return f"{self.entry('evidence', self.listed(one.record_id for one in found.cited))}{more}"

    def interval(self, ends: tuple[float, float] | None) -> str:
        """The interval of a risk, or that it is not known."""
        return self.word("risk_interval_unknown") if ends is None else percent_interval(ends)

    def score(self, value: float) -> str:
        """A score in points, with the decimals that the scheme's points have."""
        return points(value, self.places)

    def amount(self, value: float) -> str:
        """Points with their sign, or how often something was counted."""
        return self(times(value)) if self.counts else signed(value, self.places)


def our_reading(reading: Label | None, spoken: Spoken) -> list[RenderableType]:
    """How a text is read where it does not say so itself."""
    return [] if reading is None else [indented(Flowing(spoken.entry("our_reading", spoken(reading)), style="dim"))]


def titled(spoken: Spoken, word: str) -> RenderableType:
    """The title of a part, by the name of its fixed word, below an empty line."""
    return Padding(Text(spoken.word(word), style="bold underline"), (1, 0, 0, 0))


def indented(part: RenderableType) -> RenderableType:
    """What stands below a title: two characters to the right."""
    return Padding(part, (0, 0, 0, 2))
