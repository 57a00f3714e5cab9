"""A relay that is listened to, and workers for hire."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from newsletter import selfservice
from newsletter.config import Settings
from newsletter.outbox import Courier
from tests.conftest import settings_for
from tests.servers import Relay
from tests.verbs.claims.workers import Attentive


@pytest.fixture
def relay(request: pytest.FixtureRequest) -> Iterator[Attentive]:
    with getattr(request, "param", Attentive)() as running:
        yield running


@pytest.fixture
def settings(database_url: str, relay: Relay) -> Settings:
    return replace(settings_for(database_url, relay.url), limit_source=())


@pytest.fixture
def hire(service: Flask) -> Iterator[Callable[[], Courier]]:
    """One more worker, each with a connection of its own."""
    hired: list[Courier] = []

    def make() -> Courier:
        hired.append(Courier(selfservice.Author()))
        return hired[-1]

    yield make
    for courier in hired:
        courier.handover.trunk.quit()
