"""Every place that can be looked at."""

import pytest

from newsletter import links
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Payload, Wanted
from newsletter.links import Purpose
from tests.journeys.privacy_of_pages.places import ADA, EVE, GRACE
from tests.people import Inbox, People


@pytest.fixture
def places(people: People, inbox: Inbox) -> dict[str, str]:
    """Somebody in every standing, and the paths of their links."""
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    people.ask(GRACE, topic="events")
    people.ask(EVE)
    found = {
        "confirmed": inbox.link(ADA),
        "ending": inbox.link(ADA, "cancel"),
        "unsubscribe": people.unsubscribe_link(ADA),
        "confirm": inbox.link(GRACE),
        "cancel": inbox.link(GRACE, "cancel"),
        "gone": inbox.link(EVE),
        "gone cancel": inbox.link(EVE, "cancel"),
    }
    people.press(found["gone cancel"], "cancel")
    contact_id = links.read(Purpose.UNSUBSCRIBE, found["unsubscribe"].rpartition("/")[2])
    manage = f"/manage/{links.sign(Purpose.MANAGE, contact_id)}"
    people.client.post("/manage", data={"email": ADA})
    wanted = Wanted(newsletter="nyhedsbrev", url="https://tool.example.org/hook", kinds=None, payload=Payload.FULL)
    webhook, _ = webhooks.add(wanted, None)
    return {**found, "manage": manage, "me": inbox.link(ADA, "me"), "contact": contact_id, "webhook": webhook.id}
