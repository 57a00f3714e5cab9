"""What is known of one person's consents, in the order it happened, for a person to read or a tool to parse."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.consent.evidence import Evidence, EvidenceValue
from newsletter.consent.verification import chain_of, values_of


def proof(session: Session, subscriber_id: str) -> list[dict[str, Any]]:
    """Every act with its facts and what may still be known of its values."""
    values = values_of(session, subscriber_id)
    return [told(record, values.get(record.seq, {})) for record in chain_of(session, subscriber_id)]


def told(record: Evidence, values: Mapping[str, EvidenceValue]) -> dict[str, Any]:
    return {
        "seq": record.seq,
        "act": record.act,
        "at": clock.iso(record.at),
        "newsletter": record.newsletter,
        "contact": record.contact_id,
        "facts": record.facts,
        "values": {name: told_value(value) for name, value in sorted(values.items())},
        "previous": record.previous,
        "hash": record.hash,
    }


def told_value(value: EvidenceValue) -> str | None:
    if value.value is None and value.removed_at is not None:
        return f"removed by rule {value.removed_rule} on {value.removed_at:%Y-%m-%d}"
    return value.value
