"""Somebody with evidence."""

import pytest

from tests.kept import subscriber_id
from tests.people import People
from tests.verbs.evidence.chains import ADA


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who asked, was written to, confirmed, added a topic and left."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA, topic="events", tracking=True, first_name="Augusta")
    link = people.unsubscribe_link(ADA)
    people.ask(ADA, topic="products")
    people.confirm(ADA)
    people.press(link, "unsubscribe")
    return subscriber_id()
