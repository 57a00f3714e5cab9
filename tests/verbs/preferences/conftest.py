"""A subscriber who changes something."""

import pytest

from tests.kept import contact
from tests.people import People
from tests.verbs.preferences.changing import ADA


@pytest.fixture
def ada(people: People) -> str:
    """Ada, subscribed in English with a name, all topics and tracking."""
    people.subscribe(ADA, tracking=True, first_name="Ada")
    return contact().id
