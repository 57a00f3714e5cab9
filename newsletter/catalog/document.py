"""What a catalogue says, once it is known to be sound."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from newsletter.catalog.colours import on_dark
from newsletter.catalog.controller import Controller
from newsletter.catalog.origins import origin_of
from newsletter.catalog.retention import Retention
from newsletter.catalog.term import Term
from newsletter.catalog.texts import Texts
from newsletter.columns import canonical
from newsletter.config import Limit
from newsletter.errors import NewsletterUnknown

NEWSLETTER = "newsletter"
"""The purpose that every newsletter has: being mailed. All others are free (A1.2)."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who letters come from, and where answers go."""

    name: str
    address: str
    reply_to: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A part of a newsletter that a subscriber chooses."""

    id: str
    names: Texts
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Field:
    """A voluntary field of the form."""

    name: str
    labels: Texts
    max_length: int = 80


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The exact text of a consent. Its id is made of everything in it, so it cannot change and keep its id (A1.5)."""

    id: str
    newsletter: str
    purpose: str
    language: str
    text: str

    @property
    def is_as_named(self) -> bool:
        """Whether its id is made of this content still: false when somebody altered it behind the id."""
        return self.id == wording_id(self.newsletter, self.purpose, self.language, self.text)


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a consent is for. Only `newsletter` is required."""

    id: str
    required: bool
    names: Texts
    wordings: Mapping[str, Wording]
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """The privacy notice: its address per language, and the version that evidence names (A1.7)."""

    urls: Texts
    version: str


@dataclass(frozen=True, kw_only=True)
class Redirects:
    """Where people are sent after a step; None keeps them on our own page."""

    signed_up: str | None = None
    confirmed: str | None = None
    cancelled: str | None = None
    unsubscribed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Colours:
    """The accent has enough contrast with white, for text as for buttons (F6)."""

    accent: str | None = None

    @property
    def accent_on_dark(self) -> str | None:
        """The accent of the dark theme."""
        return on_dark(self.accent) if self.accent else None


@dataclass(frozen=True, kw_only=True)
class OwnTexts:
    """What a newsletter says on its pages beside the service's words, where it has something to say.

    Letters have no such texts: they hold what the law wants them to hold (A3.1, A3.2).
    """

    intro: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)
    goodbye: Texts = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shortcuts:
    """Ways to confirm without the button's press, each safe from scanners (PRODUCT 4.4). Off unless asked for."""

    same_browser: bool = False
    code: bool = False

    @property
    def any(self) -> bool:
        return self.same_browser or self.code


@dataclass(frozen=True, kw_only=True)
class Newsletter:
    """What can be subscribed to. The first of its languages is its own."""

    slug: str
    names: Texts
    languages: tuple[str, ...]
    sender: Sender
    topics: tuple[Topic, ...]
    fields: tuple[Field, ...]
    purposes: tuple[Purpose, ...]
    privacy: Privacy
    link_validity: timedelta
    origins: tuple[str, ...]
    limits: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    redirects: Redirects = Redirects()
    colours: Colours = Colours()
    logo: str | None = None
    retention: Retention = Retention()
    texts: OwnTexts = OwnTexts()
    minimum_age: Mapping[str, int] = field(default_factory=dict)
    shortcuts: Shortcuts = Shortcuts()
    welcome: bool = False
    goodbye: bool = False
    retired: bool = False

    @property
    def topic_ids(self) -> tuple[str, ...]:
        """The topics that can be chosen."""
        return tuple(topic.id for topic in self.topics if not topic.retired)

    @property
    def living_purposes(self) -> tuple[Purpose, ...]:
        """The purposes that can be consented to."""
        return tuple(purpose for purpose in self.purposes if not purpose.retired)

    def wordings_in(self, language: str) -> dict[str, Wording]:
        """The current wording of each living purpose; none in a language that is not this newsletter's."""
        living = self.living_purposes
        return {purpose.id: purpose.wordings[language] for purpose in living if language in purpose.wordings}

    def name_in(self, language: str) -> str:
        return self.names[self.language_for(language)]

    def labels_in(self, language: str) -> dict[str, str]:
        """What the form calls each field, by its name."""
        return {field.name: field.labels[self.language_for(language)] for field in self.fields}

    def language_for(self, language: str | None) -> str:
        """The language itself where this newsletter has it, else its own."""
        return language if language in self.languages else self.languages[0]

    def allows(self, url: str) -> bool:
        """Whether a form that stands there may post here. What names no origin (`null`) is not this question."""
        return origin_of(url) in self.origins


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The company and all its newsletters."""

    controller: Controller
    newsletters: Mapping[str, Newsletter]
    retention: Retention = Retention()

    def term(self, name: str, slug: str | None = None) -> Term:
        """How long this class of data is kept: as the newsletter says, else the catalogue, else by default."""
        newsletter = self.newsletters.get(slug or "")
        own = newsletter.retention.terms.get(name) if newsletter else None
        return own or self.retention.term(name)

    def ends_unused(self, slug: str) -> bool:
        """Whether a consent ends that was not used for its term (A2.14); otherwise it is only marked."""
        newsletter = self.newsletters.get(slug)
        return self.retention.end_unused or (newsletter is not None and newsletter.retention.end_unused)

    def newsletter(self, slug: str) -> Newsletter:
        if slug not in self.newsletters:
            raise NewsletterUnknown
        return self.newsletters[slug]


def wording_id(newsletter: str, purpose: str, language: str, text: str) -> str:
    """80 bits of a hash of the content: the same text always has the same id, on every machine."""
    digest = hashlib.sha256(canonical([newsletter, purpose, language, text]).encode()).digest()
    return base64.b32hexencode(digest[:10]).decode().lower()
