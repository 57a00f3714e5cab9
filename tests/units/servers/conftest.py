"""A relay, and an ordinary mail client that is connected to it."""

import smtplib
from collections.abc import Iterator

import pytest

from tests.servers import HOST, Relay
from tests.units.servers.clients import PATIENT


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def client(relay: Relay) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP(HOST, relay.port, timeout=PATIENT)
    yield client
    client.close()
