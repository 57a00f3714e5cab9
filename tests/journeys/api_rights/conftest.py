"""Ada, and a system with a key that acts for her."""

import pytest
from flask.testing import FlaskClient

from newsletter.access import Scope
from tests.journeys.api_rights.acting import ADA, Door
from tests.people import People, later


@pytest.fixture
def door(client: FlaskClient) -> Door:
    return Door(client, *Scope)


@pytest.fixture
def ada(people: People, door: Door) -> str:
    """The path of Ada's first contact; she gets two newsletters."""
    people.subscribe(ADA, tracking=True, first_name="Augusta")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    return f"/contacts/{door.contacts()[0]['id']}"
