"""What happened to a consent, as events of ISO/IEC TS 27560: state, time, by whom, how (6.3.8)."""

from collections.abc import Iterable, Iterator, Set
from itertools import chain
from typing import Any

from newsletter import clock
from newsletter.consent import ENDS, Record
from newsletter.proof.bundle import Bundle, granted_by
from newsletter.subscriptions import Channel

Node = dict[str, Any]
LATER = {"withdrawn": "ConsentWithdrawn", "denied": "ConsentRefused"}


def events(bundle: Bundle, others: Iterable[Bundle] = ()) -> Iterator[Node]:
    """In the order in which they happened. The bundles of later requests tell what ended of this one since."""
    if bundle.signed_up:
        yield event("ConsentRequested", bundle.signed_up, sorted(bundle.ticked), "form")
    if bundle.confirmed:
        yield from confirmed(bundle, bundle.confirmed)
    standing: Set[str] = set(bundle.granted)
    for record in bundle.later:
        yield from later(record, standing)
        standing = set() if record.act in ENDS else after(record, standing)
    for record in chain.from_iterable(other.later for other in others):
        yield from ending(record, standing)
        standing = set() if record.act in ENDS else standing - refused_by(record).keys()


def ending(record: Record, standing: Set[str]) -> Iterator[Node]:
    """What this act ended of these purposes; what else it did belongs to the request that it followed."""
    ends = sorted(standing if record.act in ENDS else standing & refused_by(record).keys())
    if ends:
        yield ended(record, ends, str(record.facts.get("channel", "")))


def refused_by(record: Record) -> dict[str, str]:
    """Purpose -> what became of it by this act, of those that it said no to."""
    return dict(record.facts.get("consents", {}))


def after(record: Record, standing: Set[str]) -> Set[str]:
    return (standing - refused_by(record).keys()) | granted_by(record).keys()


def confirmed(bundle: Bundle, record: Record) -> Iterator[Node]:
    """Given for what was agreed to, refused for what was offered for the first time and was not (PRODUCT 4.7).

    A box that whoever is subscribed leaves unticked says nothing of what they agreed to before.
    """
    method = str(record.facts.get("method"))
    yield event("ConsentGiven", record, sorted(bundle.granted), method)
    offered = bundle.claimed.get("offered", []) if bundle.is_first else record.facts.get("declined", [])
    refused = sorted(set(offered) - set(bundle.granted))
    if refused:
        yield event("ConsentRefused", record, refused, method)


def later(record: Record, standing: Set[str]) -> Iterator[Node]:
    """Whoever leaves or is erased withdraws what stood until then; what nobody used for its term has expired."""
    channel = str(record.facts.get("channel", ""))
    if record.act in ENDS and standing:
        yield ended(record, sorted(standing), channel)
    for state, name in LATER.items():
        purposes = sorted(purpose for purpose, found in refused_by(record).items() if found == state)
        if purposes:
            yield event(name, record, purposes, channel)
    if granted := granted_by(record):
        yield event("ConsentGiven", record, sorted(granted), channel)


def ended(record: Record, purposes: Iterable[str], channel: str) -> Node:
    """By the person; by the company where a term was over (A2.14)."""
    if channel == Channel.RETENTION:
        return {**event("ConsentExpired", record, purposes, channel), "dpv:isIndicatedBy": "dpv:DataController"}
    return event("ConsentWithdrawn", record, purposes, channel)


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
