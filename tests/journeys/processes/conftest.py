"""Services of several processes, of which some die."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from tests.journeys.processes.running import Service, Unhurried, environment_for
from tests.servers import Relay


@pytest.fixture
def installed(service: Flask, database_url: str, relay: Relay) -> Iterator[Service]:
    """The catalogue is in force, and nothing runs yet."""
    with ExitStack() as stack:
        yield Service(environment_for(database_url, relay), relay, stack)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Unhurried() as running:
        yield running
