"""A fresh link of somebody who wants to move."""

import pytest

from tests.journeys.moving.moving import ADA, fresh_link
from tests.people import Inbox, People


@pytest.fixture
def link(people: People, inbox: Inbox) -> str:
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    return fresh_link(people, inbox)
