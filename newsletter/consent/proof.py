"""What is known of one person's consents, in the order it happened, for a person to read or a tool to parse."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter import clock, languages
from newsletter.consent.shape import in_shape
from newsletter.consent.texts import as_table
from newsletter.consent.verification import is_as_hashed
from newsletter.consent.written import Chains, Written


def plain_day(at: datetime, _language: str) -> str:
    """The same in every language (A2.7)."""
    return at.date().isoformat()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A value that a record commits to; or, once it had to go, by which rule and when it went."""

    text: str | None
    salt: str | None = None
    rule: str | None = None
    removed_at: datetime | None = None

    @property
    def told(self) -> str | None:
        """For machines."""
        return self.told_in(languages.SOURCE)

    def told_in(self, language: str, spelt: Callable[[datetime, str], str] = plain_day) -> str | None:
        """What it was; or, once it had to go, a sentence that says so, with the day spelt as its reader would."""
        if self.text is not None or self.removed_at is None:
            return self.text
        said = languages.translations(language).gettext("removed by rule {rule} on {day}")
        return said.format(rule=self.rule, day=spelt(self.removed_at, language))

    def entries(self, labels: Mapping[str, str]) -> str | None:
        """Voluntary fields, each by its label; as they stand where somebody altered them."""
        if self.text is None:
            return None
        try:
            told = json.loads(self.text).items()
        except (ValueError, AttributeError):
            return self.text
        return ", ".join(f"{labels.get(name, name)}: {value}" for name, value in told) or "–"


NOT_KEPT = Kept(text=None)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One act, with what may still be known of its values.

    `stated` is what it tells as it stands, whatever somebody made of that; `facts` is as much of it as can be read.
    """

    seq: int
    act: str
    at: datetime
    newsletter: str
    contact_id: str
    stated: Mapping[str, Any]
    facts: Mapping[str, Any]
    commitments: Mapping[str, str]
    values: Mapping[str, Kept]
    previous: str
    hash: str

    def value(self, name: str) -> Kept:
        return self.values.get(name, NOT_KEPT)

    def told(self) -> dict[str, Any]:
        """With whatever its hash and its commitments are made of, so that others can make them again."""
        return {
            "seq": self.seq,
            "act": self.act,
            "at": clock.iso(self.at),
            "newsletter": self.newsletter,
            "contact": self.contact_id,
            "facts": self.stated,
            "commitments": self.commitments,
            "values": {name: value.told for name, value in sorted(self.values.items())},
            "salts": {name: value.salt for name, value in sorted(self.values.items()) if value.salt},
            "previous": self.previous,
            "hash": self.hash,
        }


def records(session: Session, subscriber_id: str) -> list[Record]:
    """Every act of the person, oldest first."""
    read = Chains.read(session, [subscriber_id])
    values = read.values.get(subscriber_id, {})
    return [record_of(row, values.get(row.seq, {})) for row in read.records.get(subscriber_id, [])]


def record_of(row: Written, values: Mapping[str, Written]) -> Record:
    return Record(
        seq=row.seq,
        act=row.act,
        at=row.at,
        newsletter=row.newsletter,
        contact_id=row.contact_id,
        stated=as_table(row.facts),
        facts=row.facts if is_as_hashed(row) else in_shape(row.facts),
        commitments=as_table(row.commitments),
        values={name: kept(value) for name, value in values.items()},
        previous=row.previous,
        hash=row.hash,
    )


def kept(value: Written) -> Kept:
    return Kept(text=value.value, salt=value.salt, rule=value.removed_rule, removed_at=value.removed_at)


def proof(session: Session, subscriber_id: str) -> Sequence[dict[str, Any]]:
    """Every act with its facts and what may still be known of its values, as JSON says it."""
    return [record.told() for record in records(session, subscriber_id)]
