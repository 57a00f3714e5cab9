"""No webhook is told anything by a database that does not know yet who has left (A7.10)."""

from collections.abc import Callable
from threading import Event
from typing import Any

from newsletter import privacy
from newsletter.commands.duties import write_journal
from newsletter.feed.webhooks import pushing
from tests.people import People
from tests.receivers import Receiver
from tests.verbs.journal.restoring import ADA
from tests.verbs.pushes.lane import made


def test_no_webhook_is_told_who_was_there_before_the_restore(
    people: People, receiver: Receiver, back_up: Callable[[], str], restored: Any
) -> None:
    made(url=receiver.url)
    people.subscribe(ADA)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup) as app:
        pushing.push_due(app, Event())
        assert receiver.requests == []

        privacy.redo()
        pushing.push_due(app, Event())

    assert {push.push["data"]["contact"]["status"] for push in receiver.requests} == {"unsubscribed"}
