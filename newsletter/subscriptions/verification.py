"""Is a person's evidence whole, and do their subscriptions stand as it tells?

The list that marketing pulls is made of subscriptions and of their documents. So both are compared with what the
records come to: nobody is written to by a row that no consent leads to.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import catalog, consent
from newsletter.as_it_stands import as_it_stands
from newsletter.consent import Act, Anchors, Chains, Fault, Written, as_table
from newsletter.subscriptions import sheet
from newsletter.subscriptions.on_record import OnRecord, iso, names
from newsletter.subscriptions.states import TRACKING, ConsentState, Status
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import Subscription


def verify(session: Session, subscriber_id: str) -> list[Fault]:
    """Every fault of one person's chain, and of what it leaves out: one cut off at its end still holds by itself."""
    return verify_all(session, [subscriber_id], Anchors.read(session))


def verify_all(session: Session, subscriber_ids: Sequence[str], anchors: Anchors) -> list[Fault]:
    """Every fault of these people's chains, and wherever their subscriptions differ; many are read at once."""
    chains = Chains.read(session, subscriber_ids)
    return [*consent.verify_all(session, chains, anchors), *differences(session, chains)]


def differences(session: Session, chains: Chains) -> Iterator[Fault]:
    """Wherever the list says something else than the records."""
    rows = subscriptions_of(session, chains.people)
    for person in chains.people:
        records = chains.records.get(person, [])
        told, address = OnRecord.contacts(records), last_address(chains, records)
        for row in rows.get(person, ()):
            found = told.pop(row.id, None)
            sentences = of_contact(row, found, address) if found else [NOT_ON_RECORD.format(row.id)]
            yield from (Fault(subscriber_id=person, seq=found.seq if found else 0, sentence=s) for s in sentences)
        for contact_id, found in told.items():
            if found.is_living:
                sentence = f"contact {contact_id} is gone, and no act has ended it"
                yield Fault(subscriber_id=person, seq=found.seq, sentence=sentence)


NOT_ON_RECORD = "the last change of contact {} is not on record"


def subscriptions_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, list[Written]]:
    """Each person's, with the address that belongs to all of them."""
    mine, person = Subscription.__table__.c, Subscriber.__table__.c
    columns = [as_it_stands(mine[name]) for name in (*STATE, *TIMES, *TOLD)]
    wanted = select(*columns, person.address, person.address_key).join(Subscriber, person.id == mine.subscriber_id)
    found: dict[str, list[Written]] = defaultdict(list)
    for row in session.execute(wanted.where(mine.subscriber_id.in_(subscriber_ids))):
        found[row.subscriber_id].append(row)
    return found


STATE = ("id", "subscriber_id", "newsletter", "status", "topics", "consents", "granted", "version")
TIMES = ("signed_up_at", "confirmed_at", "changed_at")
TOLD = ("contact", "sheet", "sheet_key")


def last_address(chains: Chains, records: Sequence[Written]) -> str | None:
    """The person's, as they were found by; None where it is not kept any more."""
    named = [record for record in records if record.act in (Act.SIGNED_UP, Act.ADDRESS_CHANGED)]
    address = chains.value(named[-1], "address") if named else None
    return address.lower() if address else None


def of_contact(row: Written, told: OnRecord, address: str | None) -> Iterator[str]:
    """What is wrong with one contact, in sentences."""
    if told.at is None or told.at < row.changed_at:
        yield NOT_ON_RECORD.format(row.id)
    expected, document = {"id": row.id, **expected_of(told, address)}, document_of(row)
    for place, found in (("subscription", in_row(row)), ("document", in_document(document))):
        if parts := [part for part, value in expected.items() if part in found and found[part] != value]:
            yield f"the {place} of contact {row.id} is not what is on record: {', '.join(parts)}"
    if not is_sheet_of(row, document):
        yield f"the row of a sheet of contact {row.id} is not what its document tells"


def expected_of(told: OnRecord, address: str | None) -> dict[str, Any]:
    """Of who has left, the topics go one day."""
    expected = {
        "newsletter": told.newsletter,
        "status": told.status,
        "signed_up_at": told.signed_up_at,
        "confirmed_at": told.confirmed_at,
        "consents": told.consents,
        "purposes": frozenset(told.granted),
        "tracking": told.status == Status.SUBSCRIBED and TRACKING in told.granted,
    }
    if told.is_living:
        expected["topics"] = told.topics
    if address:
        expected["address"] = expected["key"] = address
    return expected


def in_row(row: Written) -> dict[str, Any]:
    return {
        "newsletter": row.newsletter,
        "status": row.status,
        "signed_up_at": iso(row.signed_up_at),
        "confirmed_at": iso(row.confirmed_at),
        "consents": agreed_in(row.consents),
        "purposes": names(row.granted),
        "topics": names(row.topics),
        "address": row.address.lower(),
        "key": row.address_key,
    }


def document_of(row: Written) -> Mapping[str, Any]:
    """The contact as the feed tells it."""
    try:
        return as_table(orjson.loads(row.contact))
    except ValueError:
        return {}


def in_document(told: Mapping[str, Any]) -> dict[str, Any]:
    """A newer address is not told of who has left."""
    found = {
        **{name: told.get(name) for name in ("id", "newsletter", "status", "signed_up_at", "confirmed_at")},
        "consents": agreed_in(told.get("consents")),
        "tracking": told.get("tracking_allowed"),
        "topics": names(told.get("topics")),
    }
    if told.get("status") != Status.UNSUBSCRIBED:
        found["address"] = str(told.get("email")).lower()
    return found


def is_sheet_of(row: Written, told: Mapping[str, Any]) -> bool:
    """Whether the row that a CSV is made of says the same; one for other fields than today's is not used."""
    newsletter = catalog.current().newsletters.get(row.newsletter)
    fields = [field.name for field in newsletter.fields] if newsletter else []
    if row.sheet is None or row.sheet_key != sheet.key(row.version, fields):
        return True
    try:
        return bool(row.sheet == sheet.row(told, fields))
    except (AttributeError, LookupError, TypeError):
        return False


def agreed_in(consents: object) -> dict[str, Any]:
    """By purpose, all that was agreed to once, and is granted or was withdrawn since."""
    told = {name: as_table(state) for name, state in as_table(consents).items()}
    return {name: one for name, one in told.items() if one.get("state") in AGREED}


AGREED = (ConsentState.GRANTED, ConsentState.WITHDRAWN)
