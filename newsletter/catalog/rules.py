"""What a single value of the catalogue has to be. A rule returns the value, or raises ValueError with what is wrong."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from newsletter import addresses
from newsletter.catalog.colours import CONTRAST, WHITE, contrast
from newsletter.catalog.origins import origin_of
from newsletter.config import Limit, is_loopback, limits
from newsletter.errors import AddressInvalid

LONGEST_LINE = 300  # characters
LONGEST_WORDING = 2000
LONGEST_LOGO = 16_384
SHORTEST_VALIDITY = timedelta(hours=20)  # below it, WCAG 2.2.1 wants the limit to be adjustable
LONGEST_VALIDITY = timedelta(days=14)  # A4.1

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
COUNTRY = re.compile(r"[A-Z]{2}")
EEA = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEISITLILTLULVMTNLNOPLPTROSESISK"))
ORIGIN = re.compile(r"[a-z]+://[^/?#@*]+", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LOGO = re.compile(r"data:image/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
DURATION = re.compile(r"([0-9]{1,4}) (hour|day)s?")
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Control characters but the line feed, and those that turn the direction of writing."""
HOLE = "@{"
"""Marks a hole in a stored letter, so no text of ours may hold it."""
MARKUP = re.compile(r"[<>]|&#?\w+;")
CHANNEL = re.compile(r"e-?mail", re.IGNORECASE)
WITHDRAWING = {
    "da": re.compile(r"\btræk\w*\b.*\btilbage\b|tilbagetræk|tilbagekald", re.IGNORECASE | re.DOTALL),
    "de": re.compile(r"widerruf|widerrief", re.IGNORECASE),
    "en": re.compile(r"withdraw|revoke", re.IGNORECASE),
}
"""The languages this service speaks, each with how it says that a consent can be taken back."""

SIGNUP = {"email", "language", "topic", "topics", "consent", "consents", "source", "visitor", "website", "rendered"}
OWN_PAGE = {"act", "contact", "nonce"}
COLUMNS = {
    "id",
    "status",
    "channel",
    "signed_up_at",
    "confirmed_at",
    "changed_at",
    "newsletter_state",
    "newsletter_at",
    "newsletter_wording",
    "tracking_allowed",
    "tracking_at",
    "tracking_wording",
    "unsubscribe_url",
    "manage_url",
}
RESERVED = SIGNUP | OWN_PAGE | COLUMNS
"""Names that the other inputs of a form, or the feed's columns, already have (PRODUCT 5.1, 5.2)."""


def line(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty.")
    if "\n" in text or len(text) > LONGEST_LINE or text != text.strip():
        raise ValueError(f"must be one line of at most {LONGEST_LINE} characters, without blanks around it.")
    return text


def slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError(
            "must be of the letters a to z, digits, _ and -, at most 40, and begin with a letter or digit."
        )
    return text


def field_name(text: str) -> str:
    if not FIELD.fullmatch(text):
        raise ValueError("must be of the letters a to z, digits and _, at most 40, and begin with a letter.")
    if text in RESERVED:
        raise ValueError(f"must not be {text}: the form or the feed uses that name.")
    return text


def language(text: str) -> str:
    if text not in WITHDRAWING:
        raise ValueError(f"is not a language that this service speaks: {', '.join(WITHDRAWING)}.")
    return text


def email(text: str) -> str:
    try:
        return addresses.parse(text).mailed
    except AddressInvalid as error:
        raise ValueError("must be one plain e-mail address.") from error


def url(text: str) -> str:
    """An absolute address; encrypted, unless it stays on this machine."""
    if not origin_of(text) or "@" in urlsplit(text).netloc:
        raise ValueError("must be an absolute URL like https://www.example.org/page.")
    if urlsplit(text).scheme != "https" and not is_loopback(urlsplit(text).hostname):
        raise ValueError("must begin with https:// unless its host is loopback.")
    return text


def origin(text: str) -> str:
    """An origin in its normal spelling."""
    found = origin_of(text)
    if not found or not ORIGIN.fullmatch(text):
        raise ValueError("must be like https://www.example.org, without a path.")
    url(text)
    return found


def country(text: str) -> str:
    if not COUNTRY.fullmatch(text):
        raise ValueError("must be a country's two capital letters, like DK.")
    return text


def logo(text: str) -> str:
    """Carried in the page itself: no page of ours loads anything from elsewhere (A8.10)."""
    if not LOGO.fullmatch(text) or len(text) > LONGEST_LOGO:
        raise ValueError(f"must be a data:image/...;base64, URL of at most {LONGEST_LOGO} characters.")
    return text


def validity(text: str) -> timedelta:
    found = DURATION.fullmatch(text)
    if not found:
        raise ValueError("must be like 7 days or 48 hours.")
    duration = timedelta(**{f"{found[2]}s": int(found[1])})
    if not SHORTEST_VALIDITY <= duration <= LONGEST_VALIDITY:
        raise ValueError("must be between 20 hours and 14 days.")
    return duration


def limit_source(text: str) -> tuple[Limit, ...]:
    found = limits(text)
    if not found:
        raise ValueError("must be like 200/hour.")
    return found


def accent(text: str) -> str:
    if not COLOUR.fullmatch(text):
        raise ValueError("must be like #0062a3.")
    reached = contrast(text, WHITE)
    if reached < CONTRAST:
        # rounded down, so that 4.49 is not shown as 4.5
        raise ValueError(f"has a contrast of {int(reached * 100) / 100}:1 with white; {CONTRAST}:1 is needed.")
    return text.lower()


def unsafe(text: str) -> Iterator[str]:
    """What no text of the catalogue may hold, wherever it stands."""
    if found := UNSAFE.search(text):
        yield f"holds the control character U+{ord(found[0]):04X}."
    if HOLE in text:
        yield f"holds {HOLE}, which marks the holes of a letter."


def consent_text(text: str, language: str, controller: str) -> Iterator[str]:
    """What keeps a text from being a consent that holds (A1.4)."""
    if not text or text != text.strip():
        yield "must not be empty, nor have blanks around it."
    if len(text) > LONGEST_WORDING:
        yield f"is longer than {LONGEST_WORDING} characters."
    if MARKUP.search(text):
        yield "holds HTML; a wording is plain text."
    if controller not in text:
        yield f"does not name the controller, {controller} (A1.4)."
    if not CHANNEL.search(text):
        yield "does not name the channel, e-mail (A1.4)."
    if not WITHDRAWING[language].search(text):
        yield "does not say that the consent can be withdrawn (A1.4)."
