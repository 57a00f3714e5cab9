"""A fresh link of somebody who wants to move."""

import pytest

from tests.journeys.moving.moving import ADA
from tests.people import People


@pytest.fixture
def link(people: People) -> str:
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    return people.fresh_link(ADA)
