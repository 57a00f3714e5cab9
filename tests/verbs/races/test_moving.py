"""A change of address at the moment of another press (A8.4)."""

import pytest

from newsletter import addresses, selfservice
from newsletter.subscriptions import Cause, Channel
from tests.people import Inbox, People
from tests.tools import contact_of
from tests.verbs.races.pressing import in_turn, on_postgresql, pressing

ADA, NEW = "ada@example.org", "countess@example.net"


@on_postgresql
@pytest.mark.parametrize("whose", [ADA, NEW])
def test_who_stops_a_change_that_has_just_arrived_is_told_that_the_subscription_ends(
    people: People, inbox: Inbox, whose: str
) -> None:
    people.subscribe(ADA)
    selfservice.change_address(contact_of(ADA)["id"], addresses.parse(NEW), Cause(Channel.ME))
    move, stop = pressing(people, inbox.link(NEW), "confirm"), pressing(people, inbox.link(whose, "cancel"), "cancel")

    moved, stopped = in_turn(people, ADA, move, stop)

    assert (moved.status_code, stopped.status_code) == (200, 200)
    assert "Done: the subscription has ended" in stopped.text
    assert contact_of(NEW)["status"] == "unsubscribed"
