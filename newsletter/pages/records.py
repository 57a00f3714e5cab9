"""Every act on record, in plain words, for the person's own page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from newsletter import catalog, consent, languages
from newsletter.db import reader
from newsletter.pages import contact
from newsletter.selfservice import Person


@dataclass(frozen=True, kw_only=True)
class Record:
    """One act on record."""

    at: datetime
    act: str
    newsletter: str
    channel: str | None
    source: str | None
    values: Mapping[str, str]


def of(person: Person) -> list[Record]:
    """Everything that evidence tells, the newest first: when, what, from where (A8.2)."""
    with reader() as session:
        told = consent.records(session, person.subscriber.id)
    language = contact.language_of(person.newest)
    names = {slug: found.name_in(language) for slug, found in catalog.current().newsletters.items()}
    return [
        Record(
            at=one.at,
            act=one.act,
            newsletter=names.get(one.newsletter, one.newsletter),
            channel=one.facts.get("channel"),
            source=one.facts.get("source"),
            values={
                name: entered(kept.text, one.newsletter, language) if name == "fields" and kept.text else said
                for name, kept in sorted(one.values.items())
                if (said := kept.told_in(language, languages.day))
            },
        )
        for one in reversed(told)
    ]


def entered(fields: str, slug: str, language: str) -> str:
    """What was entered, as people read it: each field by the name that the form gives it."""
    newsletter = catalog.current().newsletters.get(slug)
    asked = newsletter.fields if newsletter else ()
    labels = {field.name: field.labels.get(language, field.name) for field in asked}
    try:
        told = [f"{labels.get(name, name)}: {value}" for name, value in json.loads(fields).items()]
    except (ValueError, AttributeError):  # somebody altered it
        told = [fields]
    return ", ".join(told) or "–"
