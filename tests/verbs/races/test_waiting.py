"""Who had to wait for a person goes by what the one before them has done (D3.7). SQLite has one writer."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from newsletter import access, addresses, clock, feedback, guard, privacy, selfservice, subscriptions
from newsletter.access import ApiKey, Scope
from newsletter.consent import EvidenceValue
from newsletter.db import reader, transaction
from newsletter.feedback import Report, ReportKind
from newsletter.outbox import Letter
from newsletter.signups import Order, Signup, disputes
from newsletter.subscriptions import Cause, Channel, SoftBounce, Subscription
from tests.conftest import Run
from tests.people import Forms, Inbox, People, later
from tests.tools import contact_of
from tests.verbs.races.pressing import behind, in_turn, on_postgresql, pressing, story, waiting

ADA, NEW = "ada@example.org", "ada@new.example.com"
pytestmark = on_postgresql


def test_who_moves_as_somebody_presses_never_again_is_silenced_where_the_letter_went(
    people: People, inbox: Inbox
) -> None:
    people.subscribe(ADA)
    never = pressing(people, inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
        own = people.fresh_link(ADA)
        asked = Forms(people.client.get(own).text).forms["address"]["fields"]
        people.client.post(own, data={**asked, "email": NEW})
        move = pressing(people, inbox.link(NEW), "confirm")

        moved, cancelled = in_turn(people, ADA, move, never)

    assert (moved.status_code, cancelled.status_code) == (200, 200)
    assert story(NEW).count("unsubscribed") == 1
    with reader() as session:
        assert guard.suppressed(session, [ADA, NEW], clock.now()) == {ADA}


def test_what_staff_holds_as_another_signup_is_confirmed_stays(people: People, inbox: Inbox) -> None:
    """A4.7"""
    people.ask(ADA, topic="events")
    press = pressing(people, inbox.link(ADA), "confirm")
    people.ask(ADA, topic="products")
    hold = partial(disputes.keep, ADA, clock.now() + timedelta(days=60), Order(reason="disputed", actor="grace"))

    held, pressed = in_turn(people, ADA, hold, press)

    assert pressed.status_code == 200
    with reader() as session:
        assert session.scalars(select(Signup.id)).all() == [held[1].signup_id]


def test_who_confirms_as_they_are_silenced_is_no_subscriber_although_the_signup_is_held(
    people: People, inbox: Inbox
) -> None:
    """A4.7: a hold keeps data, and nothing else."""
    people.ask(ADA)
    press = pressing(people, inbox.link(ADA), "confirm")
    never = pressing(people, inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    disputes.keep(ADA, clock.now() + timedelta(days=60), Order(reason="disputed", actor="grace"))

    cancelled, pressed = in_turn(people, ADA, never, press)

    assert (cancelled.status_code, pressed.status_code) == (200, 404)
    assert story(ADA) == []


def test_a_letter_that_is_held_back_as_the_counters_are_cleared_leaves_at_once(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    press = pressing(people, inbox.link(ADA), "confirm")
    people.ask(ADA, slug="webshop")

    _, pressed = in_turn(people, ADA, inbox.work, press)

    assert pressed.status_code == 200
    assert len(inbox.letters(ADA)) == 2


def test_a_letter_that_is_cancelled_as_a_worker_decides_on_it_is_gone_without_a_fuss(
    people: People, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    people.ask(ADA)
    cancel = pressing(people, inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    with later(minutes=11):
        people.ask(ADA)

        cancelled, _ = in_turn(people, ADA, cancel, inbox.work)

    assert cancelled.status_code == 200
    assert len(inbox.letters(ADA)) == 1
    assert caplog.messages == []


def test_a_use_that_is_reported_as_something_is_added_is_known(people: People, inbox: Inbox) -> None:
    """A2.14"""
    people.subscribe(ADA, topic="events")
    people.ask(ADA, topic="products")
    press = pressing(people, inbox.link(ADA), "confirm")
    access.create("tool", [Scope.REPORTS_WRITE], [], None)
    with reader() as session:
        key_id = session.scalars(select(ApiKey.id)).one()
    report = Report(newsletter="nyhedsbrev", kind=ReportKind.USED, at=clock.now(), email=ADA)

    _, pressed = in_turn(people, ADA, partial(feedback.take, [report], key_id), press)

    assert pressed.status_code == 200
    with reader() as session:
        contact = session.scalars(select(Subscription)).one()
    assert (contact.topics, contact.last_used_on) == (["events", "products"], clock.now().date())


def test_who_is_ended_by_staff_as_they_confirm_has_left(people: People, inbox: Inbox, run: Run) -> None:
    """Although nobody had confirmed the address as staff's command looked, and another signup of it waits."""
    people.ask(ADA)
    press = pressing(people, inbox.link(ADA), "confirm")
    people.ask(ADA, slug="webshop")
    unsubscribe = partial(run, "contacts", "unsubscribe", ADA, "--reason", "asked", "--actor", "grace")

    pressed, told = in_turn(people, ADA, press, unsubscribe)

    assert pressed.status_code == 200
    assert "unsubscribed" in told.stdout
    assert story(ADA) == ["confirmed", "unsubscribed"]
    assert waiting() == 0


def test_who_wishes_for_an_address_and_who_has_it_are_erased_at_once(people: People, inbox: Inbox) -> None:
    """A worker is busy with a letter of the wish, so both wait for that."""
    people.subscribe(ADA)
    own = people.fresh_link(ADA)
    asked = Forms(people.client.get(own).text).forms["address"]["fields"]
    people.client.post(own, data={**asked, "email": NEW})
    inbox.work()
    busy = update(Letter).where(Letter.address == NEW).values(attempts=1)

    done = behind(
        people,
        lambda session: session.execute(busy),
        partial(privacy.erase_address, NEW, Cause(Channel.STAFF)),
        partial(privacy.erase_address, ADA, Cause(Channel.STAFF)),
    )

    assert [len(erased.contact_ids) for erased in done] == [0, 1]


def test_two_who_wish_for_the_address_of_each_other_are_erased_at_once(people: People, inbox: Inbox) -> None:
    """Each erasure deletes both wishes: that for the address, and that of whom it belongs to."""
    for address, other in ((ADA, NEW), (NEW, ADA)):
        people.subscribe(address)
        selfservice.change_address(contact_of(address)["id"], addresses.parse(other), Cause(Channel.ME))
    erasures = [partial(privacy.erase_address, address, Cause(Channel.STAFF)) for address in (ADA, NEW)]

    done = behind(people, lambda session: session.execute(update(Letter).values(attempts=1)), *erasures)

    assert [len(erased.contact_ids) for erased in done] == [1, 1]


def test_who_has_left_and_is_restricted_as_their_names_would_go_keeps_them(people: People) -> None:
    """A8.5"""
    people.subscribe(ADA, first_name="Ada")
    people.leave(ADA)
    restrict = partial(privacy.restrict, contact_of(ADA)["id"], Cause(Channel.STAFF))

    with later(days=2):
        in_turn(people, ADA, restrict, privacy.RULES["subscriptions"])

    assert contact_of(ADA)["fields"] == {"first_name": "Ada"}


def test_who_is_restricted_as_their_ip_address_would_be_shortened_keeps_it(people: People) -> None:
    """A8.5"""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA)
    restrict = partial(privacy.restrict, contact_of(ADA)["id"], Cause(Channel.STAFF))

    with later(days=400):
        in_turn(people, ADA, restrict, privacy.RULES["ip"])

    with reader() as session:
        kept = select(EvidenceValue.value).where(EvidenceValue.field == "ip")
        assert set(session.scalars(kept)) == {"192.0.2.77"}


def test_who_is_restricted_as_their_bounces_would_be_forgotten_keeps_them(people: People) -> None:
    """A8.5"""
    people.subscribe(ADA)
    contact_id = contact_of(ADA)["id"]
    with transaction() as session:
        subscriptions.bounced_softly(session, subscriptions.locked(session, contact_id), clock.now().date(), date.min)
    restrict = partial(privacy.restrict, contact_id, Cause(Channel.STAFF))

    with later(days=60):
        in_turn(people, ADA, restrict, privacy.RULES["bounces"])

    with reader() as session:
        assert session.scalar(select(func.count()).select_from(SoftBounce)) == 1
