"""Somebody whose data has terms."""

import pytest

from tests.people import People
from tests.verbs.retention.terms import ADA, HERE


@pytest.fixture
def ada(people: People) -> str:
    """She signed up with a name, from an address of her own."""
    people.client.environ_base["REMOTE_ADDR"] = HERE
    return ADA
