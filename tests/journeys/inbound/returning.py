"""Settings of a process that takes mail back, and what a mail has done."""

import pytest

from newsletter import mailboxes
from newsletter.db import reader
from newsletter.subscriptions import Subscription
from tests.conftest import variables_for
from tests.returned import PATTERN
from tests.servers import Relay

UNSUBSCRIBE, COMPLAINTS = "unsubscribe@back.example.org", "complaints@back.example.org"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def environment(database_url: str, relay: Relay, **more: str) -> dict[str, str]:
    return variables_for(database_url, relay.url, NEWSLETTER_INBOUND_ADDRESS=PATTERN, **more)


def contact(address: str) -> Subscription:
    with reader() as session:
        return next(found for found in session.query(Subscription) if found.subscriber.address == address)


def status(address: str) -> str:
    return contact(address).status


def of_contact(address: str) -> str:
    return mailboxes.sender(mailboxes.AddressKind.CONTACT, contact(address).id) or ""
