"""What a new catalogue leaves out although people have subscribed to it: leaving, rights and proof still need it."""

import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, column, exists, select, table
from sqlalchemy.orm import Session

# Named, not imported: these belong to capabilities above this one.
subscriptions = table("subscriptions", column("newsletter"), column("topics", Text), column("consents", Text))
evidence = table("evidence", column("newsletter"))


class Part(NamedTuple):
    """Something a catalogue names: `kind` is newsletter, topic or purpose."""

    newsletter: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"newsletter {self.id}" if self.kind == "newsletter" else f"{self.kind} {self.id} of {self.newsletter}"


def losses(session: Session, before: str, after: str) -> list[str]:
    """A sentence for every part that `after` leaves out and that is in use. Both are documents in TOML."""
    left_out = set(parts(before)) - set(parts(after))
    gone = {part.newsletter for part in left_out if part.kind == "newsletter"}
    asked = sorted(part for part in left_out if part.kind == "newsletter" or part.newsletter not in gone)
    return [
        f"{part} is in use, so it has to stay: keep it with retired = true." for part in asked if used(session, part)
    ]


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

    Topics and consents are canonical JSON text, so an id stands in it between quotes. Ids may hold `_`, which LIKE
    takes for any character unless it is escaped.
    """
    subscribed = subscriptions.c.newsletter == part.newsletter
    if part.kind == "topic":
        return [[subscribed, subscriptions.c.topics.contains(f'"{part.id}"', autoescape=True)]]
    if part.kind == "purpose":
        return [[subscribed, subscriptions.c.consents.contains(f'"{part.id}":', autoescape=True)]]
    return [[subscribed], [evidence.c.newsletter == part.newsletter]]
