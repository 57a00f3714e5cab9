"""What becomes of letters when web or worker dies (PRODUCT 6)."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

import pytest
from flask import Flask

from newsletter import catalog
from tests.conftest import EXAMPLE
from tests.journeys.processes.running import (
    ADA,
    RECLAIMED,
    Service,
    installation,
    on_postgresql,
    on_sqlite,
    readers,
    stop,
)
from tests.people import Inbox, People
from tests.servers import Fate, Postgres, wait_until


def test_what_was_answered_survives_the_sudden_death_of_the_web(installed: Service) -> None:
    browser = installed.web()
    web = installed.processes[-1]
    accepted: list[str] = []

    def ask_on(part: str) -> None:
        people = installed.people(browser)
        wordings = people.wordings()
        for address in readers(1000, part):
            try:
                fields = {"email": address, "language": "en", "consent": wordings["newsletter"]}
                assert browser.post("/newsletters/nyhedsbrev/signups", data=fields).status_code == 303
            except (OSError, HTTPException):
                return
            accepted.append(address)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_on, part) for part in "abcd"]
        wait_until(lambda: len(accepted) > 40, "some sign-ups")
        web.kill()
        for done in asking:
            done.result()
    assert installed.command("worker", "--once")[0] == 0

    arrived = Counter(installed.relay.got)
    assert set(accepted) <= set(arrived)
    assert set(arrived.values()) == {1}


@pytest.fixture
def both(
    make_app: Callable[..., Flask], server: Postgres, migrated_sqlite: Path, migrated_postgresql: str, tmp_path: Path
) -> Iterator[list[tuple[Service, People]]]:
    """An installation over each database, with somebody who asks. They wait at the same time."""
    file = tmp_path / "second.db"
    shutil.copy(migrated_sqlite, file)
    with ExitStack() as stack:
        found = []
        for url in (f"sqlite:///{file}", server.create_database(template=migrated_postgresql)):
            app = make_app(database_url=url, limit_source=())
            with app.app_context():
                catalog.apply(EXAMPLE.read_text())
            service = stack.enter_context(installation(url))
            found.append((service, People(app.test_client(use_cookies=False), Inbox(app, service.relay))))
        yield found


@on_sqlite
def test_workers_that_are_killed_or_stand_still_lose_no_letter(both: list[tuple[Service, People]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(survive, *one) for one in both]:
            done.result()


def survive(service: Service, people: People) -> None:
    """Sixty letters in four bursts. In each, a worker dies or stands still at some moment, and another comes.

    Who stands still within a transaction keeps SQLite's one lock until it goes on, so there the last one dies, too.
    """
    stands_still = service.environment["NEWSLETTER_DATABASE_URL"].startswith("postgresql")
    crew, relay, chance = [service.worker(), service.worker()], service.relay, random.Random()
    asked = []
    for burst in range(4):
        before = len(relay.letters)
        asked += people.ask_each(*readers(15, f"burst{burst}-"))
        relay.wait_for_letters(before + 1)
        time.sleep(chance.uniform(0, 0.5))  # the moment that the worker meets its fate at
        victim = crew.pop(0)
        os.killpg(victim.pid, signal.SIGSTOP if burst == 3 and stands_still else signal.SIGKILL)
        crew.append(service.worker())
    wait_until(lambda: set(relay.got) == set(asked), "every letter", RECLAIMED)
    for worker in crew:
        stop(worker)
    if stands_still:
        os.killpg(victim.pid, signal.SIGCONT)
        asked += people.ask_each(ADA)
        wait_until(lambda: ADA in relay.got, "the letter of the worker that had stood still")
        stop(victim)

    assert sorted(set(relay.got)) == sorted(asked)
    assert len({letter.message["Message-ID"] for letter in relay.letters}) == len(asked)
    assert len(relay.letters) - len(asked) <= 4


@on_sqlite
@pytest.mark.parametrize("silent", ["CONNECT", "RCPT"])
def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_silent_relay(installed: Service, silent: str) -> None:
    people = installed.people(installed.web())
    installed.relay.answer(silent, Fate.HANG, times=1)
    worker = installed.worker()
    people.ask(ADA)
    wait_until(lambda: any(line.startswith(silent) for line in installed.relay.heard), "the relay to be asked")

    stop(worker)

    assert "told to stop" in installed.command("letters", "status")[1] or silent == "RCPT"
    installed.command("letters", "resume")
    installed.command("letters", "retry")
    assert installed.command("worker", "--once")[0] == 0
    assert installed.relay.got == [ADA]


@on_postgresql
def test_a_worker_that_is_told_to_stop_does_so_at_once_and_gives_back_the_rest(
    installed: Service, people: People, make_app: Callable[..., Flask]
) -> None:
    asking = People(make_app(limit_source=()).test_client(use_cookies=False), people.inbox)
    asking.ask_each(*readers(40))

    worker = installed.worker()
    installed.relay.wait_for_letters(3)
    stop(worker)
    left = 40 - len(installed.relay.letters)
    assert installed.command("worker", "--once")[0] == 0

    assert left > 10
    assert sorted(installed.relay.got) == sorted(readers(40))
