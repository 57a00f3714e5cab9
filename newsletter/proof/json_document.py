"""The proof as JSON: each consent told as a whole, and below it every record as the chain has it."""

from collections.abc import Mapping
from typing import Any

from newsletter import clock
from newsletter.catalog import Wording
from newsletter.consent import Inclusion, Kept, Record
from newsletter.proof.bundle import Bundle, granted_by
from newsletter.proof.completeness import missing
from newsletter.proof.letter import SentLetter
from newsletter.proof.person import Proof

Told = dict[str, Any]


def told(proof: Proof) -> Told:
    """Everything that is known, in the words of this interface; what was removed says by which rule and when."""
    return {
        "subscriber": proof.subscriber_id,
        "contact": proof.contact_id,
        "printed_at": clock.iso(proof.printed_at),
        "controller": list(proof.controller.imprint),
        "chain": {"whole": proof.is_whole, "faults": [str(fault) for fault in proof.faults]},
        "anchor": anchor_told(proof.anchor) if proof.anchor else None,
        "consents": [bundle_told(bundle) for bundle in proof.bundles],
        "evidence": [record.told() for record in proof.records],
        "withheld": proof.withheld,
    }


def anchor_told(found: Inclusion) -> Told:
    """Enough to check with the journal's or the letter's copy of the root alone (RFC 6962 2.1.1)."""
    return {
        "number": found.number,
        "at": clock.iso(found.at),
        "size": found.size,
        "root": found.root,
        "leaf": {"position": found.position, "records": found.seq, "head": found.head},
        "path": list(found.path),
        "holds": found.holds,
    }


def bundle_told(bundle: Bundle) -> Told:
    lacking = missing(bundle)
    return {
        "contact": bundle.contact_id,
        "newsletter": bundle.newsletter,
        "name": bundle.name,
        "complete": not lacking,
        "missing": lacking,
        "signed_up": request_told(bundle, bundle.signed_up) if bundle.signed_up else None,
        "letters": [letter_told(letter) for letter in bundle.letters],
        "confirmed": confirmation_told(bundle, bundle.confirmed) if bundle.confirmed else None,
        "later": [later_told(bundle, record) for record in bundle.later],
    }


def request_told(bundle: Bundle, record: Record) -> Told:
    return {
        "at": clock.iso(record.at),
        **{name: record.value(name).told for name in ("typed", "address", "ip", "ip_network", "fields")},
        "ip_told_by": record.facts.get("ip_told_by"),
        "source": bundle.source,
        "language": bundle.language,
        "topics": bundle.topics,
        "wordings": wordings_told(bundle, bundle.ticked),
        "offered": record.facts.get("offered", []),
        "privacy": {"version": record.facts.get("privacy_version"), "url": bundle.privacy_url},
        **{name: record.facts.get(name) for name in ("catalog", "catalog_sha256")},
    }


def wordings_told(bundle: Bundle, chosen: Mapping[str, str]) -> list[Told]:
    return [wording_told(purpose, name, bundle.wordings.get(name)) for purpose, name in sorted(chosen.items())]


def wording_told(purpose: str, name: str, found: Wording | None) -> Told:
    """None where the text is gone, or is not the one any more that bore this id."""
    language, text = (found.language, found.text) if found else (None, None)
    return {"purpose": purpose, "id": name, "language": language, "text": text}


def letter_told(letter: SentLetter) -> Told:
    """The letter as it was, whole in `mime`; None where it cannot be put together any more."""
    return {
        "at": clock.iso(letter.at),
        "kind": letter.kind,
        "language": letter.language,
        "version": letter.version,
        "sha256": letter.sha256,
        "matches": letter.matches,
        "reply": letter.reply.told,
        "message_id": letter.header("Message-ID"),
        "subject": letter.header("Subject"),
        "text": letter.text,
        "mime": letter.mime,
        "removed": removal(letter.holes),
    }


def removal(value: Kept) -> str | None:
    return value.told if value.text is None else None


def confirmation_told(bundle: Bundle, record: Record) -> Told:
    shown = bundle.displayed
    return {
        "at": clock.iso(record.at),
        **{name: record.value(name).told for name in ("ip", "ip_network")},
        "method": record.facts.get("method"),
        "seconds_after_letter": record.facts.get("seconds_after_letter"),
        "displayed": {**shown, "wordings": wordings_told(bundle, shown.get("wordings", {}))},
        "granted": wordings_told(bundle, bundle.granted),
        "dropped": record.facts.get("dropped", []),
        "receipt_seals": bundle.seals,
    }


def later_told(bundle: Bundle, record: Record) -> Told:
    """One act; what it agreed to, in full."""
    return {
        "at": clock.iso(record.at),
        "act": record.act,
        "facts": record.stated,
        "granted": wordings_told(bundle, granted_by(record)),
        "values": {name: value.told for name, value in sorted(record.values.items())},
    }
