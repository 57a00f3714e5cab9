"""What is left of a disputed sign-up when the owner of its address speaks (A4.7)."""

from collections.abc import Callable

import pytest

from newsletter import clock, links, subscriptions
from newsletter.consent import Visit
from newsletter.links import Shown
from newsletter.signups import confirmation
from newsletter.signups.confirmation_plan import Plan, Press
from newsletter.signups.confirmation_standing import Standing
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.conftest import Contents, Run
from tests.people import Inbox, People, at, later
from tests.tools import contact_of, restrict
from tests.verbs.holds.holding import ADA, WHY


@pytest.mark.parametrize("pressed", ["cancel", "never again"])
def test_its_link_dies_at_once_when_the_owner_of_the_address_speaks(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents], pressed: str
) -> None:
    """The evidence stays, and nobody can confirm it any more."""
    people.ask(ADA)
    link = inbox.link(ADA)
    run("signups", "hold", ADA, "--until", "2100-01-01", *WHY)

    people.press(inbox.link(ADA, "cancel"), "cancel", **({"never_again": "yes"} if pressed == "never again" else {}))

    assert people.client.get(link).status_code == people.client.post(link).status_code == 404
    assert len(contents()["signups"]) == 1
    assert inbox.subjects(ADA) == inbox.subjects(ADA)[:1]


def test_a_press_that_was_found_in_time_confirms_nothing_once_the_owner_has_spoken(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """Its row is still there: only the deadline tells."""
    people.ask(ADA)
    standing = Standing.read(links.read(links.Purpose.CONFIRM, inbox.link(ADA).rpartition("/")[2]))
    assert standing
    run("signups", "hold", ADA, "--until", "2100-01-01", *WHY)
    people.press(inbox.link(ADA, "cancel"), "cancel")

    press, shown = Press(nonce="", dropped=(), visit=Visit(ip=None)), Shown(what="page", at=clock.now())
    confirmed = confirmation.attempt(Plan(standing=standing, press=press, shown=shown, at=clock.now()))

    assert confirmed is None
    assert contents()["subscriptions"] == []


def test_what_the_worker_need_not_write_about_is_kept_all_the_same(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """While its letter waits: of who is subscribed already, and of a second click."""
    people.subscribe(ADA)
    people.ask(ADA, first_name="Mallory")
    people.ask(ADA, first_name="Mallory")
    run("signups", "hold", ADA, "--until", "2100-01-01", *WHY)

    subjects = inbox.subjects(ADA)

    assert subjects[1:] == ["You are already subscribed: Konica Minolta newsletter"]
    assert len([row for row in contents()["signups"] if "Mallory" in row]) == 2
    with later(hours=1):
        assert inbox.subjects(ADA) == subjects


def test_the_letter_that_was_sent_for_it_is_kept_when_there_is_nothing_left_to_confirm(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """A2.4: it is part of what may be needed as evidence."""
    people.subscribe(ADA, topic="events")
    contact = contact_of(ADA)["id"]
    with later(minutes=11):
        people.ask(ADA, topic="products")
        inbox.work()
        run("signups", "hold", ADA, "--until", "2100-01-01", *WHY)
        subscriptions.rectify(contact, Wishes(topics=["events", "products"]), Cause(Channel.ME))
        restrict(ADA)
    with later(minutes=22):
        people.ask(ADA, topic="products")
        inbox.work()

    [letter] = contents()["letters"]
    assert "'sent'" in letter
    assert len(contents()["signups"]) == 1


def test_confirming_makes_it_evidence_as_ever(run: Run, people: People, contents: Callable[[], Contents]) -> None:
    people.ask(ADA)
    run("signups", "hold", ADA, "--until", "2100-01-01", *WHY)

    people.confirm(ADA)

    assert contents()["signups"] == []
    assert run("signups", "list").stdout == ""
    assert len(contents()["evidence"]) == 3


def test_confirming_another_signup_of_the_address_leaves_it_and_kills_its_link(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    with at(2027, 1, 1, 12):
        people.ask(ADA, topic="events")
        disputed = inbox.link(ADA)
        run("signups", "hold", ADA, "--until", "2027-02-28", *WHY)
    with at(2027, 1, 1, 13):
        people.ask(ADA, topic="trends")

        people.confirm(ADA)

        assert len(contents()["signups"]) == 1
        assert people.client.get(disputed).status_code == 404


def test_a_letter_that_a_limit_held_back_of_it_goes_once_another_signup_is_confirmed(
    run: Run, people: People, inbox: Inbox
) -> None:
    """It could only lead to a dead link."""
    with at(2027, 1, 1, 12):
        people.ask(ADA, topic="events")
        inbox.work()
        people.ask(ADA, topic="trends")
        inbox.work()
        run("signups", "hold", ADA, "--until", "2027-02-28", *WHY)
        assert "held: 1\n" in run("letters", "status").stdout

        people.confirm(ADA)
        inbox.work()

        assert "held: 0\n" in run("letters", "status").stdout


def test_whoever_has_returned_can_leave_again_while_it_is_held(run: Run, people: People, inbox: Inbox) -> None:
    """A6.1, A4.7: its links speak of the newest time that they left."""
    with at(2027, 1, 1, 12):
        people.ask(ADA, topic="events")
        disputed = inbox.link(ADA)
        run("signups", "hold", ADA, "--until", "2027-01-31", *WHY)
    for hour in (13, 14):
        with at(2027, 1, 1, hour):
            people.subscribe(ADA, topic="trends")

            assert people.leave(ADA).status_code == 200

    with at(2027, 2, 1, 1):
        run("purge")
        assert people.client.get(disputed).status_code == 200
