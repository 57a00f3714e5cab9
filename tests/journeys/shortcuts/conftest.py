"""A newsletter with both shortcuts."""

import pytest

from newsletter import catalog
from tests.journeys.shortcuts.switched_on import switched_on
from tests.people import People


@pytest.fixture
def shortcuts(people: People) -> People:
    catalog.apply(switched_on("same_browser", "code"))
    return people
