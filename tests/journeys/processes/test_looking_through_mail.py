"""A worker looks through mail that was set aside while its letters go on (A7.6)."""

import sys

from sqlalchemy import func, select

from newsletter import feed, mailboxes, privacy
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel
from tests.journeys.processes.running import ADA, GRACE, Service, on_sqlite
from tests.people import People
from tests.servers import wait_until

HURRIED = """
import sys
import newsletter.commands
sys.modules["newsletter.commands.worker"].FORGET_EVERY = 0.2
from flask.cli import main
main()
"""
"""Else it looks every ten minutes."""


@on_sqlite
def test_a_running_worker_forgets_what_names_the_erased(installed: Service, people: People) -> None:
    people.subscribe(ADA)
    for sender in (ADA, GRACE):
        mailboxes.set_aside(f"From: <{sender}>\nSubject: stop\n\nplease".encode(), "a test")
    privacy.erase(feed.contacts_of(ADA)[-1].id, Cause(Channel.API))

    installed.worker([sys.executable, "-c", HURRIED])

    wait_until(lambda: aside() == 1, "the mail of the erased to go")


def aside() -> int:
    with reader() as session:
        return session.scalar(select(func.count()).select_from(mailboxes.MailAside)) or 0
