"""A letter of each kind, as both parts of its text."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from newsletter import catalog, languages
from newsletter.catalog import Catalog
from newsletter.signups import Offer
from newsletter.signups.letter_kinds import LetterKind

CATALOG = catalog.parse((Path(__file__).parents[3] / "examples" / "catalog.toml").read_text())
LANGUAGES = ["da", "de", "en"]
every_letter = pytest.mark.parametrize("language", LANGUAGES)
every_kind = pytest.mark.parametrize("kind", list(LetterKind))


def offer(language: str, of: Catalog = CATALOG, **said: Any) -> Offer:
    """What ada asked for: two topics and every purpose."""
    newsletter = of.newsletter("nyhedsbrev")
    usual: dict[str, Any] = {
        "newsletter": newsletter,
        "language": language,
        "topics": ["events", "trends"],
        "wordings": newsletter.wordings_in(language),
        "fields": {"first_name": "Ada", "last_name": "Lovelace"},
        "masked": "a***@e***.net",
    }
    return Offer(**{**usual, **said})


def write(ending: str, kind: LetterKind, asked: Offer) -> str:
    context = {"offer": asked, "newsletter": asked.newsletter, "controller": CATALOG.controller}
    return languages.render(f"letters/{kind}{ending}", asked.language, **context)


class Reader(HTMLParser):
    """What an HTML letter shows, where it leads, and what it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.shown.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.shown).split())
