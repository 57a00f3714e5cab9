"""Asking for letters, a worker that sends them, and what the relay got."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine

from newsletter import clock, outbox
from tests.people import Inbox
from tests.servers import Relay

ADA, GRACE, LINUS = "ada@example.org", "grace@example.org", "linus@example.org"
TWENTY = [f"reader{number}@example.org" for number in range(20)]
LATER = "451 4.3.0 Try again later"
UNKNOWN = "550 5.1.1 No such user here"
LOGIN = ("newsletter", "the right password")
Step = Callable[..., datetime]
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the relay and we say to each other, which is the same over any database."""


def work(inbox: Inbox) -> None:
    with inbox.app.app_context():
        inbox.work()


def tries(relay: Relay, address: str = ADA) -> int:
    return relay.heard.count(f"RCPT {address}")


def is_paused() -> bool:
    return outbox.standing().paused_at is not None


@contextmanager
def hours_pass() -> Iterator[Step]:
    """A clock that the test moves on: `step(minutes=5)`."""
    with time_machine.travel(clock.now(), tick=True) as traveller:

        def step(**span: float) -> datetime:
            traveller.shift(timedelta(**span))
            return clock.now()

        yield step
