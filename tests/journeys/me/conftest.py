"""A fresh link to the person's own page."""

import pytest

from tests.journeys.me.pressing import ADA, fresh_link
from tests.people import Inbox, People


@pytest.fixture
def link(people: People, inbox: Inbox) -> str:
    """Ada's fresh link. She has a name, two topics, and did not agree to be followed."""
    people.subscribe(ADA, first_name="Augusta", topic=["events", "trends"], source="https://www.example.org/news")
    return fresh_link(people, inbox)
