"""Somebody of whom everything is kept that can be."""

import pytest

from newsletter import signups, subscriptions
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.verbs.erasure.searching import ADA, IP, NAME, STAFF, contact_ids


@pytest.fixture
def ada(people: People, inbox: Inbox, relay: Relay) -> str:
    """Ada, of whom as much is kept as can be: two newsletters, one left, letters on their way, a signup that waits."""
    people.client.environ_base["REMOTE_ADDR"] = IP
    people.subscribe(ADA, tracking=True, first_name=NAME)
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
        [first, second] = contact_ids()
        subscriptions.rectify(first, Wishes(fields={"first_name": NAME}), STAFF)
        note = {"actor": "Grace", "reason": f"{NAME} called"}
        subscriptions.withdraw(first, ["tracking"], Cause(Channel.STAFF, note=note))
        signups.leave(second, Cause(Channel.STAFF, note=note))
    with later(minutes=22):
        people.ask(ADA.upper().replace("EXAMPLE.ORG", "example.org"), topic="events", first_name=NAME)
        people.client.post("/manage", data={"email": ADA})
    return first
