"""A fresh link to the person's own page."""

import pytest

from tests.journeys.me.pressing import ADA
from tests.people import People


@pytest.fixture
def link(people: People) -> str:
    """Ada's fresh link. She has a name, two topics, and did not agree to be followed."""
    people.subscribe(ADA, first_name="Augusta", topic=["events", "trends"], source="https://www.example.org/news")
    return people.fresh_link(ADA)
