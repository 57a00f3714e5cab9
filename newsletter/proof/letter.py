"""The exact letter again: its version with its holes filled, compared with the hash of what was sent (A2.4)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

from sqlalchemy.orm import Session

from newsletter import outbox
from newsletter.consent import Kept, Record


@dataclass(frozen=True, kw_only=True)
class SentLetter:
    """A letter that the mail server took. `mime` is None when it cannot be put together any more."""

    at: datetime
    kind: str
    language: str
    version: str
    sha256: str
    holes: Kept
    reply: Kept
    mime: str | None

    @cached_property
    def matches(self) -> bool:
        """Whether this is, byte for byte, what the mail server took."""
        return self.mime is not None and hashlib.sha256(self.mime.encode()).hexdigest() == self.sha256

    @cached_property
    def message(self) -> EmailMessage:
        """Nothing is read in what somebody altered: it may be no letter any more."""
        read = self.mime if self.mime and self.matches else ""
        return message_from_bytes(read.encode(), policy=policy.default)

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    @property
    def text(self) -> str:
        """What its reader read; of a letter that somebody altered, all of it as it is."""
        part = self.message.get_body(("plain",))
        read = str(part.get_content()) if part and self.matches else self.mime or ""
        return read.replace("\r\n", "\n").strip()


def versions(session: Session, records: Sequence[Record]) -> Mapping[str, str]:
    """The letter versions that these records name, by id."""
    return outbox.versions(session, {record.facts["version"] for record in records if "version" in record.facts})


def sent_letter(record: Record, known: Mapping[str, str]) -> SentLetter:
    facts, holes = record.facts, record.value("holes")
    return SentLetter(
        at=record.at,
        kind=facts.get("kind", ""),
        language=facts.get("language", ""),
        version=facts.get("version", ""),
        sha256=facts.get("sha256", ""),
        holes=holes,
        reply=record.value("reply"),
        mime=filled(known.get(facts.get("version", "")), holes.text),
    )


def filled(version: str | None, holes: str | None) -> str | None:
    """None where either is gone, or was altered so that they do not fit."""
    if version is None or holes is None:
        return None
    try:
        return outbox.fill(version, json.loads(holes)).decode("ascii")
    except (KeyError, TypeError, ValueError):
        return None
