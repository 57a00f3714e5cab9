"""Restriction: everything is kept and nothing used, until it is lifted (PRODUCT 4.9; A8.5)."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import addresses, feed, privacy, subscriptions
from newsletter.changes import Cursor
from newsletter.db import reader
from newsletter.errors import ContactUnknown
from newsletter.subscriptions import Status
from tests.conftest import Contents
from tests.kept import acts, faults, kinds, last_act
from tests.people import Inbox, People, later, text_of
from tests.servers import Relay
from tests.tools import move
from tests.verbs.erasure.searching import ADA, NAME, STAFF, contact_ids


def statuses(address: str = ADA) -> list[str]:
    with reader() as session:
        return [session.get_one(subscriptions.Subscription, one).status for one in contact_ids(address)]


def test_a_restricted_person_is_out_of_the_feed_everywhere_and_kept_whole(people: People) -> None:
    """A8.5."""
    people.subscribe(ADA, tracking=True, first_name=NAME)
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    [first, second] = contact_ids()

    done = privacy.restrict(first, STAFF)

    assert statuses() == [Status.RESTRICTED, Status.RESTRICTED]
    assert kinds(first)[-1] == kinds(second)[-1] == "restricted"
    assert '"tracking_allowed":false' in done.contact
    assert done.fields == {"first_name": NAME}
    assert '"email_sha256"' in feed.changes_after("nyhedsbrev", Cursor(), 100).documents[-1]


def test_lifting_brings_everybody_back_as_they_were(people: People) -> None:
    people.subscribe(ADA, tracking=True)
    [her] = contact_ids()
    privacy.restrict(her, STAFF)

    done = privacy.lift(her, STAFF)

    assert statuses() == [Status.SUBSCRIBED]
    assert '"tracking_allowed":true' in done.contact
    assert kinds(her) == ["confirmed", "restricted", "updated"]
    assert acts(ADA)[-2:] == ["restricted", "lifted"]
    assert last_act(ADA)["values"] == {"actor": "Grace", "reason": "phone"}


def test_who_cannot_be_told_of_the_lifting_within_a_week_is_told_no_more(
    people: People, inbox: Inbox, relay: Relay, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    privacy.restrict(her, STAFF)
    relay.answer("RCPT", "452 4.2.2 Mailbox full")

    privacy.lift(her, STAFF)

    for days, waiting in ((0, 1), (6, 1), (8, 0)):
        with later(days=days):
            inbox.work()
            assert len(contents()["letters"]) == waiting


def test_who_has_moved_meanwhile_is_told_of_the_lifting_at_the_new_address(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    privacy.restrict(her, STAFF)
    relay.answer("RCPT", "450 4.2.0 Greylisted", to=ADA, times=1)

    privacy.lift(her, STAFF)
    inbox.work()
    move(people, ADA, "ada@new.example.com")

    with later(minutes=5):
        told = "Your data will be used again: Konica Minolta Business Solutions Denmark a/s"
        assert inbox.subjects("ada@new.example.com")[-1] == told
        assert told not in inbox.subjects(ADA)


def test_restricting_and_lifting_twice_is_doing_it_once(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    for verb in (privacy.restrict, privacy.lift):
        verb(her, STAFF)
        privacy.RULES["ip"]()
        before = contents()
        verb(her, STAFF)
        assert contents() == before


def test_who_has_left_can_be_restricted_and_stays_gone(people: People) -> None:
    """The tool may still have them, so it is told (Article 19 GDPR; PRODUCT 5.2)."""
    people.subscribe(ADA, first_name=NAME)
    people.leave(ADA)
    [her] = contact_ids()

    privacy.restrict(her, STAFF)
    done = privacy.lift(her, STAFF)

    assert statuses() == [Status.UNSUBSCRIBED]
    assert kinds(her) == ["confirmed", "unsubscribed", "restricted", "updated"]
    assert json.loads(done.contact)["version"] == 4
    assert acts(ADA)[-2:] == ["restricted", "lifted"]
    assert faults(ADA) == []


def test_who_had_left_before_is_not_promised_that_it_comes_again(people: People, inbox: Inbox) -> None:
    """Article 18(3) GDPR: they are told as well, of what is so."""
    people.subscribe(ADA)
    people.leave(ADA)
    [her] = contact_ids()
    privacy.restrict(her, STAFF)

    privacy.lift(her, STAFF)

    told = text_of(inbox.letters(ADA)[-1])
    assert "what you subscribed to is sent to you again, unless that had ended or was paused before." in told


def test_a_newsletter_that_was_left_is_told_of_a_restriction_at_the_address_of_then(people: People) -> None:
    """A7.5"""
    people.subscribe(ADA)
    people.leave(ADA)
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
        [left, _] = contact_ids()
        move(people, ADA, "ada@new.example.com")

    for verb in (privacy.restrict, privacy.lift):
        assert json.loads(verb(left, STAFF).contact)["email"] == ADA

    told = feed.changes_after("nyhedsbrev", Cursor(), 100).documents
    assert "ada@new.example.com" not in str(told)
    assert json.loads(told[-2])["match"]["email_sha256"] == addresses.sha256(ADA)


def test_who_has_come_back_is_told_of_after_the_contact_of_before(people: People) -> None:
    """A tool that knows addresses alone would else hear last that they have left."""
    people.subscribe(ADA)
    people.leave(ADA)
    privacy.restrict(contact_ids()[0], STAFF)
    with later(minutes=11):
        people.subscribe(ADA)

    privacy.lift(contact_ids()[0], STAFF)

    told = [json.loads(change) for change in feed.changes_after("nyhedsbrev", Cursor(), 100).documents]
    assert [change["kind"] for change in told[-2:]] == ["updated", "updated"]
    assert [change["contact"]["status"] for change in told[-2:]] == ["unsubscribed", "subscribed"]
    assert faults(ADA) == []


def test_so_is_who_first_came_by_a_clock_that_was_ahead(people: People) -> None:
    with later(hours=1):
        people.subscribe(ADA)
    people.leave(ADA)
    people.subscribe(ADA)
    [her] = [contact.id for contact in feed.contacts_of(ADA) if '"subscribed"' in contact.document]

    privacy.restrict(her, STAFF)
    privacy.lift(her, STAFF)

    told = map(json.loads, feed.changes_after("nyhedsbrev", Cursor(), 100).documents)
    assert [change["id"] == her for change in told][-4:] == [False, True, False, True]


def test_who_is_restricted_can_leave_and_be_erased(people: People) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    privacy.restrict(her, STAFF)
    link = people.unsubscribe_link(ADA)

    people.press(link, "unsubscribe")
    assert statuses() == [Status.UNSUBSCRIBED]
    privacy.erase(her, STAFF)

    assert kinds(her) == ["confirmed", "restricted", "unsubscribed", "erased"]


def test_nobody_writes_to_somebody_restricted_because_a_stranger_typed_the_address(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.subscribe(ADA)
    privacy.restrict(contact_ids()[0], STAFF)
    sent = len(relay.letters)

    with later(minutes=11):
        people.ask(ADA)
        inbox.work()

    assert len(relay.letters) == sent


def test_who_confirms_while_restricted_is_subscribed_to_that_alone(people: People) -> None:
    """Article 18(2) GDPR; docs/decisions/0020"""
    people.subscribe(ADA)
    privacy.restrict(contact_ids()[0], STAFF)

    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")

    assert statuses() == [Status.RESTRICTED, Status.SUBSCRIBED]
    done = privacy.lift(contact_ids()[0], STAFF)
    assert statuses() == [Status.SUBSCRIBED, Status.SUBSCRIBED]
    with reader() as session:
        assert subscriptions.verify(session, done.subscriber_id) == []


def test_an_id_that_is_nobodys_erases_and_restricts_nobody(service: Flask) -> None:
    for verb in (privacy.erase, privacy.restrict, privacy.lift):
        with pytest.raises(ContactUnknown):
            verb("0" * 24, STAFF)
