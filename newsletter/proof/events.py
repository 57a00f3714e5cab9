"""What happened to a consent, as events of ISO/IEC TS 27560: state, time, by whom, how (6.3.8)."""

from collections.abc import Iterable, Iterator, Set
from typing import Any

from newsletter import clock
from newsletter.consent import Act, Record
from newsletter.proof.bundle import Bundle, granted_by

Node = dict[str, Any]
LATER = {"withdrawn": "ConsentWithdrawn", "denied": "ConsentRefused"}
ENDS = (Act.UNSUBSCRIBED, Act.CANCELLED, Act.COMPLAINED)


def events(bundle: Bundle) -> Iterator[Node]:
    """In the order in which they happened."""
    if bundle.signed_up:
        yield event("ConsentRequested", bundle.signed_up, sorted(bundle.ticked), "form")
    if bundle.confirmed:
        yield from confirmed(bundle, bundle.confirmed)
    standing = set(bundle.granted)
    for record in bundle.later:
        yield from later(record, standing)
        standing = (standing - record.facts.get("consents", {}).keys()) | granted_by(record).keys()


def confirmed(bundle: Bundle, record: Record) -> Iterator[Node]:
    """Given for what was agreed to, refused for what was offered and was not (PRODUCT 4.7)."""
    method = str(record.facts.get("method"))
    yield event("ConsentGiven", record, sorted(bundle.granted), method)
    refused = set(bundle.claimed.get("offered", [])) - set(bundle.granted)
    if refused:
        yield event("ConsentRefused", record, sorted(refused), method)


def later(record: Record, standing: Set[str]) -> Iterator[Node]:
    """Whoever leaves withdraws what stood until then."""
    channel = str(record.facts.get("channel", ""))
    if record.act in ENDS and standing:
        yield event("ConsentWithdrawn", record, sorted(standing), channel)
    states: dict[str, str] = record.facts.get("consents", {})
    for state, name in LATER.items():
        purposes = sorted(purpose for purpose, found in states.items() if found == state)
        if purposes:
            yield event(name, record, purposes, channel)
    if granted := granted_by(record):
        yield event("ConsentGiven", record, sorted(granted), channel)


def event(state: str, record: Record, purposes: Iterable[str], method: str) -> Node:
    """No consent has a fixed end; it is valid from its instant until the next event ends it."""
    return {
        "@type": f"dpv:{state}",
        "dct:date": clock.iso(record.at),
        "dct:valid": f"{clock.iso(record.at)}/..",
        "dct:identifier": record.hash,
        "dpv:hasLegalBasis": "dpv:ExpressedConsent",
        "dpv:hasPurpose": list(purposes),
        "dpv:hasIndicationMethod": method,
        "dpv:isIndicatedBy": "dpv:DataSubject",
    }
