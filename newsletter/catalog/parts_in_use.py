"""What a new catalogue leaves out although subscriptions or evidence name it: leaving, rights and proof need it.

A signup is evidence, too, and its link confirms exactly what it said (PRODUCT 4.2, 4.8).
"""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, column, exists, select, table
from sqlalchemy.orm import Session

from newsletter.catalog.rows import ALTERED

# Named, not imported: these belong to capabilities above this one.
subscriptions = table("subscriptions", column("newsletter"), column("topics", Text), column("consents", Text))
evidence = table("evidence", column("newsletter"), column("facts", Text))
signups = table("signups", column("newsletter"), column("topics", Text), column("offered", Text))


class Part(NamedTuple):
    """Something a catalogue names: `kind` is newsletter, topic or purpose."""

    newsletter: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"newsletter {self.id}" if self.kind == "newsletter" else f"{self.kind} {self.id} of {self.newsletter}"


def losses(session: Session, before: Iterable[str], after: str) -> list[str]:
    """A sentence for every part that `after` leaves out and that is in use. All are documents in TOML.

    What there was before is told by the first that nobody has altered into none.
    """
    left_out = next(filter(None, map(known_parts, before)), set()) - set(parts(after))
    gone = {part.newsletter for part in left_out if part.kind == "newsletter"}
    asked = sorted(part for part in left_out if part.kind == "newsletter" or part.newsletter not in gone)
    return [
        f"{part} is in use, so it has to stay: keep it with retired = true." for part in asked if used(session, part)
    ]


def known_parts(document: str) -> set[Part]:
    with suppress(*ALTERED):
        return set(parts(document))
    return set()


def parts(document: str) -> Iterator[Part]:
    """Read without the rules of `check`, because an older document may not satisfy today's."""
    newsletters: dict[str, dict[str, Any]] = tomllib.loads(document)["newsletters"]
    for slug, content in newsletters.items():
        yield Part(slug, "newsletter", slug)
        yield from (Part(slug, "topic", topic["id"]) for topic in content.get("topics", []))
        yield from (Part(slug, "purpose", purpose["id"]) for purpose in content.get("purposes", []))


def used(session: Session, part: Part) -> bool:
    return any(session.scalar(select(exists().where(*conditions))) for conditions in uses(part))


def uses(part: Part) -> list[list[ColumnElement[bool]]]:
    """The conditions of a row that names this part, one list for each table that can.

    Topics, consents and facts are canonical JSON text, so an id stands in it between quotes: a topic's in a list, a
    purpose's before its wording or state. Evidence outlives what a subscription has dropped, and an erased one itself.
    """
    subscribed, proven = subscriptions.c.newsletter == part.newsletter, evidence.c.newsletter == part.newsletter
    asked, name = signups.c.newsletter == part.newsletter, f'"{part.id}"'
    if part.kind == "topic":
        listed = [holds(evidence.c.facts, '"topics":['), holds(evidence.c.facts, name)]
        return [
            [subscribed, holds(subscriptions.c.topics, name)],
            [proven, *listed],
            [asked, holds(signups.c.topics, name)],
        ]
    if part.kind == "purpose":
        key = f"{name}:"
        return [
            [subscribed, holds(subscriptions.c.consents, key)],
            [proven, holds(evidence.c.facts, key)],
            [asked, holds(signups.c.offered, name)],
        ]
    return [[subscribed], [proven], [asked]]


def holds(json: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Ids may hold `_`, which LIKE takes for any character unless it is escaped."""
    return json.contains(text, autoescape=True)
