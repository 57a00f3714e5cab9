"""Ada, and the command that acts for her."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from newsletter import feed
from tests.people import People, later
from tests.verbs.contacts.looking import ADA


@pytest.fixture
def contacts(service: Flask) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        return service.test_cli_runner().invoke(args=["contacts", *words])

    return run


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who gets two newsletters; the first one's id."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA, tracking=True, first_name="Augusta")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    return feed.contacts_of(ADA)[0].id
