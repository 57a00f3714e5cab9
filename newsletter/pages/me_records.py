"""Every act on record, in plain words, for the person's own page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from newsletter import catalog, consent, languages, proof
from newsletter.catalog import Newsletter
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
    return [record(one, catalog.current().newsletters.get(one.newsletter), language) for one in reversed(told)]


def record(told: consent.Record, newsletter: Newsletter | None, language: str) -> Record:
    labels = newsletter.labels_in(language) if newsletter else {}
    entries = {"fields": told.value("fields").entries(labels)}
    values = {name: entries.get(name) or kept.told_in(language, languages.day) for name, kept in told.values.items()}
    if why := values.get("reason"):
        pen = proof.Pen.speaking(language)
        values["reason"] = proof.reason(pen, told, why, lambda at: languages.moment(at, language))
    return Record(
        at=told.at,
        act=told.act,
        newsletter=newsletter.name_in(language) if newsletter else told.newsletter,
        channel=told.facts.get("channel"),
        source=told.facts.get("source"),
        values={name: value for name, value in sorted(values.items()) if value},
    )
