"""A clock that was far ahead for a while holds up nobody for longer than it was (G2)."""

from datetime import timedelta
from pathlib import Path

import pytest

from newsletter import clock, feed, outbox, selfservice
from newsletter.feed.webhooks.turn import has_work
from newsletter.outbox import Courier
from newsletter.outgoing import Answer
from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.tools import Tools, contact_of, rename
from tests.verbs.pushes.lane import ADA, GRACE, Worker, made, who

LINUS = "linus@example.org"
FILES = """
[files]
kind = "folder"
newsletter = "nyhedsbrev"
folder = "{folder}"
"""


def test_what_a_clock_that_was_ahead_has_put_off_is_due_when_it_is_right_again(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path
) -> None:
    tools.declare(DECLARED.format(url=listmonk.url) + FILES.format(folder=tmp_path), listmonk=listmonk.token)
    webhook = made()
    worker, dead = Worker(webhook.id), Worker(webhook.id, name="a worker that dies")
    people.subscribe(ADA, GRACE)
    listmonk.answer("POST", 500)
    listmonk.answer("POST", 503)
    with later(days=400):
        dead.take(1)
        worker.land(Answer(status=429, retry_after="600"), *worker.take(1))
        tools.push()
    tools.push()
    assert not has_work(webhook.id)
    assert listmonk.mailed() == set()

    assert feed.bring_forward() == 7
    tools.push()

    assert who(worker.push_all()) == [("confirmed", "ada"), ("confirmed", "grace")]
    assert listmonk.mailed() == {ADA, GRACE}
    [file] = tmp_path.glob("*.csv")
    assert file.name < f"nyhedsbrev-{clock.now() + timedelta(days=1):%Y%m%d}", "readers take the last for the newest"
    assert feed.bring_forward() == 0


def test_so_are_letters_asked_for_put_off_or_in_the_hands_of_a_worker_that_died(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.ask(ADA)
    relay.answer("RCPT", "451 4.3.0 Try again later", times=1)
    with later(days=2):
        inbox.work()
        people.ask(LINUS)
    people.ask(GRACE)
    with later(days=2, hours=-1):
        assert len(Courier(selfservice.Author()).claim()) == 1
    inbox.work()
    assert relay.letters == []

    assert outbox.bring_forward() == 3
    inbox.work()

    assert {letter.recipients[0] for letter in relay.letters} == {ADA, GRACE, LINUS}
    assert outbox.bring_forward() == 0


def test_so_are_letters_asked_for_by_a_clock_that_was_an_hour_or_two_ahead(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """As that of a machine which begins in local time, until it has asked what time it is."""
    with later(hours=2):
        people.ask(ADA)
    inbox.work()
    assert relay.got == []

    assert outbox.bring_forward() == 1
    assert outbox.bring_forward() == 0
    inbox.work()

    assert relay.got == [ADA]


@pytest.mark.parametrize("ahead", [{"hours": 2}, {"days": 400}])
def test_so_are_letters_that_a_limit_held_back_by_such_a_clock(
    people: People, inbox: Inbox, relay: Relay, ahead: dict[str, float]
) -> None:
    """Whether it still does is decided anew."""
    with later(**ahead):
        people.ask(ADA)
        inbox.work()
        people.ask(ADA, topic="events")
        inbox.work()
    inbox.work()
    assert relay.got == [ADA]

    assert outbox.bring_forward() == 1
    inbox.work()

    assert relay.got == [ADA, ADA]


def test_what_is_in_living_hands_or_put_off_as_long_as_ever_is_not_brought_forward(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("RCPT", "451 4.3.0 Try again later", to=ADA)
    people.ask(ADA)
    for hours in range(0, 40, 5):
        with later(hours=hours):
            inbox.work()
    with later(hours=35):
        people.ask(GRACE)
        assert len(Courier(selfservice.Author()).claim()) == 1

        assert outbox.bring_forward() == 0


def test_what_a_clock_that_was_ahead_has_counted_against_an_address_holds_back_no_letter_when_it_is_right_again(
    people: People, inbox: Inbox
) -> None:
    with later(days=400):
        people.ask(ADA, topic="events")
        inbox.work()

    people.ask(ADA)

    assert len(inbox.subjects(ADA)) == 2


def test_who_asks_again_gets_the_letter_again_although_a_clock_that_was_ahead_has_sent_one(
    people: People, inbox: Inbox
) -> None:
    with later(days=2):
        people.ask(ADA)
        inbox.work()

    people.ask(ADA)

    assert len(inbox.subjects(ADA)) == 2


def test_a_tools_lists_are_looked_at_again_as_soon_as_a_clock_that_was_ahead_is_right(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)
    with later(days=400):
        tools.push()
    listmonk.heard.clear()

    tools.push()

    assert "GET /api/lists/3" in listmonk.heard


def test_a_tool_is_asked_who_has_left_again_as_soon_as_a_clock_that_was_ahead_is_right(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)
    people.subscribe(ADA)
    tools.push()
    [runner] = tools.runners()
    with tools.declared.app_context():
        with later(days=2):
            while runner.turn():
                pass
            runner.release()
        feed.bring_forward()
        listmonk.heard.clear()
        while runner.turn():
            pass

    assert "GET /api/subscribers" in listmonk.heard


def test_who_leaves_through_a_tool_is_not_put_back_although_a_clock_far_ahead_has_dated_their_confirmation(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)
    with later(days=2):
        people.subscribe(ADA)
    tools.push()
    assert listmonk.mailed() == {ADA}
    listmonk.unsubscribe(ADA)
    rename(ADA, "Ada")

    tools.push()

    assert listmonk.mailed() == set()
    assert contact_of(ADA)["status"] == "unsubscribed"


def test_nor_is_who_comes_back_by_such_a_clock_put_off_by_the_leaving_of_before(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)
    people.subscribe(ADA)
    tools.push()
    listmonk.unsubscribe(ADA)
    rename(ADA, "Ada")
    tools.push()
    with later(days=2):
        people.subscribe(ADA)

    tools.push()

    assert listmonk.mailed() == {ADA}


def test_who_had_left_the_tool_before_they_confirmed_by_a_clock_that_is_a_little_ahead_is_mailed(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """No two machines' clocks are quite the same, and the worker looks at once."""
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)
    listmonk.add(ADA, lists={3: "unsubscribed"})
    with later(seconds=30):
        people.subscribe(ADA)

    tools.push()

    assert listmonk.mailed() == {ADA}
    assert contact_of(ADA)["status"] == "subscribed"


def test_what_a_clock_that_was_ahead_has_counted_against_a_source_refuses_nobody_when_it_is_right_again(
    people: People,
) -> None:
    with later(days=400):
        while people.ask(ADA).status_code != 429:
            pass

    assert people.ask(ADA).status_code == 303
