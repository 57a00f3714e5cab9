"""Somebody whose consent is to be proven."""

import pytest

from tests.people import People
from tests.verbs.proof.proving import ADA


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who agreed to both purposes in Danish, from an address of her own."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    form = {"language": "da", "topic": "events", "source": "https://www.example.org/news"}
    people.subscribe(ADA, tracking=True, first_name="Åse Ærø", **form)
    return ADA
