"""What happened after the confirmation: every later act, in the words of the document's language."""

from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.consent import Record
from newsletter.proof.bundle import Bundle, granted_by
from newsletter.proof.sections import Line, Pen, Section, instant
from newsletter.proof.words import ACTS, channel, method, moment, quoted, reason, said, states, wordings

FACTS = {
    "channel": "By way of",
    "disputed": "Disputed",
    "consents": "Consents",
    "language": "Language",
    "topics": "Topics",
    "privacy_version": "Privacy notice",
    "asked_at": "Asked for",
    "method": "How",
    "seconds_after_letter": "After the letter",
    "displayed": "Page displayed",
    "never_again": "Never to be written to again",
    "kept_until": "Kept until",
}
VALUES = {
    "typed": "Address as typed",
    "address": "Address as mailed",
    "previous_address": "Address until then",
    "ip": "IP address",
    "ip_network": "Network",
    "asked_ip": "IP address of the request",
    "fields": "Fields",
    "reason": "Reason",
    "actor": "By",
    "key": "API key",
    "reported_at": "Reported",
}
"""What stands beside an act. The sentences stand in `templates/sentences.txt`, too."""
TOLD_APART = {"granted"}
"""What has a line of its own."""


def afterwards(pen: Pen, bundle: Bundle) -> Section:
    """Every later act, and in full the words that one of them agreed to."""
    given = {name: None for record in bundle.later for name in granted_by(record).values()}
    return Section(
        heading=pen.say("Later"),
        lines=[line for record in bundle.later for line in later(pen, bundle, record)],
        texts=quoted(bundle, given),
    )


def later(pen: Pen, bundle: Bundle, record: Record) -> Iterator[Line]:
    """One act: when, by which door, from where, why and by whom."""
    beside = [*facts(pen, bundle, record.stated), *values(pen, bundle, record)]
    yield pen.line(ACTS.get(record.act, record.act), "; ".join([instant(record.at), *beside]))
    if granted := granted_by(record):
        yield pen.line("Wordings agreed to", wordings(bundle, granted))


def facts(pen: Pen, bundle: Bundle, told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if name not in TOLD_APART and says_something(bundle, name, value):
            yield f"{label(pen, FACTS, name)}: {fact(pen, bundle, name, value)}"


def says_something(bundle: Bundle, name: str, value: Any) -> bool:
    """So do no seconds at all, and no topic that is left where there were some."""
    return bool(value or type(value) is int or (name == "topics" and bundle.topics))


def values(pen: Pen, bundle: Bundle, record: Record) -> Iterator[str]:
    for name in sorted(record.values, key=[*VALUES, *sorted(record.values)].index):
        kept = record.values[name]
        entries = kept.entries(bundle.labels) if name == "fields" else None
        if text := entries or kept.told_in(pen.language):
            yield f"{label(pen, VALUES, name)}: {value_of(pen, record, name, text)}"


def value_of(pen: Pen, record: Record, name: str, text: str) -> str:
    if name == "reason":
        return reason(pen, record, text)
    return SAID[name](pen, text) if name in SAID else text


def label(pen: Pen, known: Mapping[str, str], name: str) -> str:
    """What is kept under a name that nobody knows stands under that."""
    return pen.say(known[name]) if name in known else name


def fact(pen: Pen, bundle: Bundle, name: str, value: Any) -> str:
    """As its reader would say it; as it stands where it has another shape than we give it."""
    match name, value:
        case "consents", dict():
            return states(pen, bundle, value)
        case "topics", [*ids]:
            return ", ".join(bundle.topics_called(map(str, ids)).values()) or pen.say("none")
        case "displayed", {"at": str(at)}:
            return moment(pen, at)
        case "seconds_after_letter", int():
            return f"{value} s"
        case _, str() if name in SAID:
            return SAID[name](pen, value)
    return pen.say("yes") if value is True else said(value)


SAID = {"channel": channel, "method": method, "asked_at": moment, "kept_until": moment, "reported_at": moment}
