"""The list that marketing pulls stands as the records tell: who was put into it without an act is found (A2.8)."""

from collections.abc import Iterator

import pytest

from newsletter import subscriptions
from newsletter.db import reader, transaction
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.kept import faults, subscriber_id
from tests.people import People, later
from tests.tampering import tamper
from tests.tools import contact_of, lift, move, restrict
from tests.verbs.evidence.chains import ADA, GRACE

STAFF = Cause(Channel.STAFF)
NEW = "ada@new.example.com"
NOT = "of contact {} is not what is on record: "
SUBSCRIPTION, DOCUMENT = f"the subscription {NOT}", f"the document {NOT}"
ALL_PARTS = "id, newsletter, status, signed_up_at, confirmed_at, consents, tracking, topics, address"
TAMPERING = [
    ("status = 'subscribed'", SUBSCRIPTION + "status"),
    ("newsletter = 'webshop'", SUBSCRIPTION + "newsletter"),
    ("consents = replace(consents, 'withdrawn', 'granted')", SUBSCRIPTION + "consents"),
    ("consents = 'all of them'", SUBSCRIPTION + "consents"),
    ('granted = \'["newsletter","tracking"]\'', SUBSCRIPTION + "purposes"),
    ('topics = \'["events","surveys"]\'', SUBSCRIPTION + "topics"),
    ("contact = replace(contact, '\"suspended\"', '\"subscribed\"')", DOCUMENT + "status"),
    ("contact = replace(contact, 'withdrawn', 'granted')", DOCUMENT + "consents"),
    ("contact = replace(contact, 'false', 'true')", DOCUMENT + "tracking"),
    ("contact = replace(contact, 'ada@', 'eve@')", DOCUMENT + "address"),
    ("contact = replace(contact, '\"events\"', '\"surveys\"')", DOCUMENT + "topics"),
    ("contact = replace(contact, '\"id\"', '\"x\"')", DOCUMENT + "id"),
    ("contact = replace(contact, 'signed_up_at\"\\:\"20', 'signed_up_at\"\\:\"19')", DOCUMENT + "signed_up_at"),
    ('contact = replace(contact, \'"at"\\:"20\', \'"at"\\:"19\')', DOCUMENT + "consents"),
    ("contact = replace(contact, 'withdrawn', 'denied')", DOCUMENT + "consents"),
    ('consents = replace(consents, \'"at"\\:"20\', \'"at"\\:"19\')', SUBSCRIPTION + "consents"),
    ("confirmed_at = '2019-01-01 00\\:00\\:00+00\\:00'", SUBSCRIPTION + "confirmed_at"),
    ("contact = 'nothing'", DOCUMENT + ALL_PARTS),
    ("sheet = replace(sheet, 'ada@', 'eve@')", "the row of a sheet of contact {} is not what its document tells"),
    ("contact = '{}'", "the row of a sheet of contact {} is not what its document tells"),
    ("changed_at = '2099-01-01 00:00:00+00:00'", "the last change of contact {} is not on record"),
]


@pytest.fixture
def suspended(people: People) -> str:
    """Ada's contact: asked for events, granted tracking and withdrew it; mail has ceased to arrive."""
    people.subscribe(ADA, topic="events", tracking=True)
    contact_id: str = contact_of(ADA)["id"]
    subscriptions.withdraw(contact_id, ["tracking"], STAFF)
    suspend()
    return contact_id


def suspend() -> None:
    with transaction() as session:
        subscriptions.suspend(session, subscriptions.locked(session, contact_of(ADA)["id"]), STAFF)


@pytest.mark.parametrize(("change", "sentence"), TAMPERING)
def test_a_contact_that_stands_otherwise_than_its_records_tell_is_found(
    suspended: str, change: str, sentence: str
) -> None:
    assert faults() == []

    tamper(f"UPDATE subscriptions SET {change}")  # noqa: S608

    assert sentence.format(suspended) in faults()


def test_an_address_that_nobody_confirmed_is_found(suspended: str) -> None:
    """A5.1: mail goes to who has proven that they read it."""
    whose = subscriber_id()

    for name, part in (("address", "address"), ("address_key", "key")):
        tamper(f"UPDATE subscribers SET {name} = 'eve@example.org'")  # noqa: S608
        with reader() as session:
            told = [fault.sentence for fault in subscriptions.verify(session, whose)]
        assert told == [f"{SUBSCRIPTION}{part}".format(suspended)]
        tamper(f"UPDATE subscribers SET {name} = '{ADA}'")  # noqa: S608


def test_whoever_has_left_and_got_another_s_address_is_found(people: People) -> None:
    """A2.5: the proof of one would be printed as the other's."""
    for address in (ADA, GRACE):
        people.subscribe(address)
        people.leave(address)

    tamper(
        f"UPDATE subscribers SET address = 'x', address_key = 'x' WHERE address = '{ADA}'",  # noqa: S608
        f"UPDATE subscribers SET address = '{ADA}', address_key = '{ADA}' WHERE address = '{GRACE}'",  # noqa: S608
        f"UPDATE subscribers SET address = '{GRACE}', address_key = '{GRACE}' WHERE address = 'x'",  # noqa: S608
    )

    for address in (ADA, GRACE):
        assert faults(address) == [f"{SUBSCRIPTION}address, key".format(contact_of(address)["id"])]


def test_whoever_left_and_was_put_back_is_found(people: People) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    contact_id = contact_of(ADA)["id"]

    tamper("UPDATE subscriptions SET status = 'subscribed', ended_at = NULL")

    assert faults() == [f"{SUBSCRIPTION}status".format(contact_id)]


def test_a_contact_that_no_act_began_is_found_and_so_is_one_that_no_act_ended(people: People) -> None:
    people.subscribe(ADA)
    contact_id = contact_of(ADA)["id"]

    tamper("UPDATE subscriptions SET id = 'forged'")

    assert faults() == [
        "the last change of contact forged is not on record",
        f"contact {contact_id} is gone, and no act has ended it",
    ]


def history(people: People) -> Iterator[tuple[str, str]]:
    """All that may happen to somebody: each act, once it is done, and their address by then."""
    people.subscribe(ADA, topic="events", tracking=True)
    first = contact_of(ADA)["id"]
    yield "subscribed", ADA
    subscriptions.withdraw(first, ["tracking"], STAFF)
    yield "withdrew", ADA
    subscriptions.grant(first, {"tracking": people.wordings()["tracking"]}, STAFF)
    yield "granted", ADA
    suspend()
    yield "suspended", ADA
    with later(days=1):
        people.subscribe(ADA, topic="products")
        yield "confirmed again", ADA
    restrict(ADA)
    yield "restricted", ADA
    suspend()
    yield "bounced meanwhile", ADA
    with later(days=2):
        people.subscribe(ADA, topic="stories")
        yield "confirmed meanwhile", ADA
        lift(ADA)
        yield "lifted", ADA
    with later(days=3):
        subscriptions.rectify(first, Wishes(fields={}, language="da", topics={"events"}), STAFF)
        yield "put right", ADA
        move(people, ADA, NEW)
        yield "moved", NEW
        people.subscribe(NEW, slug="webshop")
        yield "subscribed to another", NEW
        people.leave(NEW)
        yield "left", NEW
    with later(days=4):
        people.subscribe(NEW, slug="webshop", tracking=False)
        yield "came back", NEW


def test_whatever_happens_to_somebody_the_list_stands_as_the_records_tell(people: People) -> None:
    for act, address in history(people):
        assert faults(address) == [], act
