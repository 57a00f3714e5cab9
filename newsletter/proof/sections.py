"""The proof as a document: sections of labelled lines in one language, which HTML and PDF only set in type."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from newsletter import guard, languages
from newsletter.consent import Kept


@dataclass(frozen=True, kw_only=True)
class Line:
    """A label and what belongs to it."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A text that stands as it is, and its language where that may be another than the document's (WCAG 2.2, 3.1.2)."""

    text: str
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, labelled lines, then texts that stand as they are. An alarming one has to be seen."""

    heading: str
    lines: list[Line] = field(default_factory=list)
    texts: list[Quote] = field(default_factory=list)
    is_part: bool = True
    is_alarming: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A document that could be handed to a court."""

    language: str
    title: str
    imprint: tuple[str, ...]
    sections: list[Section]


@dataclass(frozen=True, kw_only=True)
class Pen:
    """Writes in one language. The sentences stand in `templates/sentences.txt` for those who translate them."""

    language: str

    @classmethod
    def speaking(cls, language: str) -> Self:
        """In the language that the person last chose, where the service speaks it; else in English."""
        return cls(language=language if language in languages.SPOKEN else languages.SOURCE)

    def say(self, sentence: str, **holes: object) -> str:
        said = languages.translations(self.language).gettext(sentence)
        return said.format(**holes) if holes else said

    def line(self, label: str, text: str | None) -> Line:
        return Line(label=self.say(label), text=guard.visible(text) if text else self.say("not recorded"))

    def kept(self, label: str, value: Kept) -> Line:
        """A value as it was, or by which rule and on which day it had to go."""
        return self.line(label, value.told_in(self.language))


def instant(at: datetime) -> str:
    """To the second and with the offset, the same in every language (A2.7)."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +00:00 (UTC)")


def spelt(at: str, spell: Callable[[datetime], str] = instant) -> str:
    """A recorded instant as the others are; as it stands where somebody altered it."""
    try:
        return spell(datetime.fromisoformat(at))
    except ValueError:
        return at
