"""Pushes by workers as they run in production: promptly, beside letters, and through sudden deaths (PRODUCT 6)."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from flask import Flask

from newsletter import catalog
from newsletter.feed.webhooks.lane import DEADLINE
from tests.conftest import EXAMPLE
from tests.journeys.processes.running import FLASK, FLASK_LATER, Mailbox, Service, environment_for
from tests.people import People
from tests.receivers import Hooks, Receiver, Reply
from tests.servers import HOST, PATIENCE, Relay, wait_until

ADA, GRACE = "ada@example.org", "grace@example.org"
PROMPT = 5.0  # seconds that a withdrawal may take with an idle worker
SLOTS = 16  # pushes that a worker has under way to one webhook


@dataclass
class Installation:
    """A service whose worker is a process of its own, its people, and one receiver of its webhook."""

    service: Service
    people: People
    receiver: Receiver


@pytest.fixture
def installation(make_app: Callable[..., Flask], database_url: str, relay: Relay) -> Iterator[Installation]:
    environment = {**environment_for(database_url, relay), "NEWSLETTER_PRIVATE_TARGETS": HOST}
    with Receiver() as receiver, ExitStack() as stack:
        app = make_app(limit_source=())
        client = app.test_client(use_cookies=False)
        with app.app_context():
            catalog.apply(EXAMPLE.read_text())
            Hooks(app, client).add(receiver)
        yield Installation(Service(environment, relay, stack), People(client, Mailbox(app, relay)), receiver)


def test_a_withdrawal_reaches_the_receiver_within_five_seconds(installation: Installation) -> None:
    """A6.3, PRODUCT 6"""
    receiver, people = installation.receiver, installation.people
    installation.service.worker()
    people.subscribe(ADA)
    receiver.wait_for(1)

    people.leave(ADA)
    left = time.monotonic()
    request = receiver.wait_for(2)[1]

    assert request.type == "contact.unsubscribed"
    assert request.at - left < PROMPT


def test_a_receiver_that_hangs_delays_no_letter(installation: Installation) -> None:
    receiver, people, relay = installation.receiver, installation.people, installation.service.relay
    receiver.rule = lambda _: Reply(after=20)
    installation.service.worker()
    people.subscribe(ADA)
    receiver.wait_for(1)

    people.ask(GRACE)
    relay.wait_for_letters(2)

    assert time.monotonic() - receiver.requests[0].at < DEADLINE
    receiver.ended.set()


def test_one_round_pushes_all_that_is_due(installation: Installation) -> None:
    service, receiver, people = installation.service, installation.receiver, installation.people
    people.ask(ADA)
    assert service.command("worker", "--once")[0] == 0
    people.confirm(ADA)

    assert service.command("worker", "--once")[0] == 0
    assert service.command("worker", "--once")[0] == 0

    assert receiver.types() == ["contact.confirmed"]


def test_a_worker_that_is_told_to_stop_writes_down_what_is_on_its_way(installation: Installation) -> None:
    service, receiver, people = installation.service, installation.receiver, installation.people
    receiver.rule = lambda _: Reply(after=1)
    worker = service.worker()
    people.subscribe(ADA)
    receiver.wait_for(1)

    worker.popen.terminate()
    assert worker.popen.wait(PATIENCE) == 0
    assert service.command("worker", "--once")[0] == 0

    assert receiver.types() == ["contact.confirmed"]


def test_workers_that_are_killed_lose_no_push_and_no_order(installation: Installation) -> None:
    """The last worker comes when the claims of the dead are over."""
    service, receiver, people = installation.service, installation.receiver, installation.people
    receiver.rule = lambda _: Reply(after=0.05)
    service.worker()
    chance, expected = random.Random(), 0
    for burst in range(3):
        crew = service.processes[-1]
        for number in range(5):
            address = f"reader{burst}-{number}@example.org"
            people.subscribe(address)
            people.leave(address)
            expected += 2
        time.sleep(chance.uniform(0, 0.2))  # the moment that the worker meets its fate at
        os.killpg(crew.pid, signal.SIGKILL)
        service.worker(FLASK_LATER if burst == 2 else FLASK)
    wait_until(lambda: len(arrived(receiver)) == expected, "every push")

    for contact in {name for name, _ in arrived(receiver)}:
        first_seen = [kind for name, kind in arrived(receiver) if name == contact]
        assert first_seen == ["contact.confirmed", "contact.unsubscribed"]
    assert len({request.id for request in receiver.requests}) == expected
    assert len(receiver.requests) - expected <= 3 * SLOTS


def arrived(receiver: Receiver) -> list[tuple[str, str]]:
    """Contact and type of each push, in the order in which it came first."""
    return list(dict.fromkeys((request.contact, request.type) for request in list(receiver.requests)))
