"""Reading with a key."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.access import Scope
from tests.journeys.api_reading.reading import Get, bearer


@pytest.fixture
def get(client: FlaskClient, service: Flask) -> Get:
    """Whatever a key with every scope may read."""
    headers = bearer(*Scope)
    return lambda path: client.get(path, headers=headers)
