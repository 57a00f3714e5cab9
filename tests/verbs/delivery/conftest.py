"""A worker over a relay that does as it is told."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from newsletter import config, selfservice
from newsletter.outbox import Courier
from tests.people import Inbox
from tests.servers import Relay


@pytest.fixture
def courier(service: Flask) -> Iterator[Courier]:
    courier = Courier(selfservice.Author())
    yield courier
    courier.close()


@pytest.fixture
def through(make_app: Callable[..., Flask]) -> Callable[[str], Inbox]:
    """The same service with another relay, or another way to it."""

    def make(smtp_url: str) -> Inbox:
        app = make_app(smtp_url=config.smtp(smtp_url))
        return Inbox(app, Relay())

    return make


@pytest.fixture
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    with getattr(request, "param", Relay)() as running:
        yield running
