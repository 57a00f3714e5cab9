"""Whoever never presses the button is deleted, on time and without a trace (PRODUCT 4.5; A4, D1.4, D4.12, G1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from newsletter import clock, jobs, privacy, signups
from newsletter.db import reader
from tests.conftest import Contents
from tests.people import Inbox, People, later

ADA, GRACE = "ada.lovelace@example.org", "grace.hopper@example.com"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
TRACES = ("lovelace", "augusta", "192.0.2.77")


def traces(contents: Contents) -> list[str]:
    found = str(contents).lower()
    return [trace for trace in TRACES if trace in found]


def purge(app: Flask) -> str:
    done = app.test_cli_runner().invoke(args=["purge"])
    assert done.exit_code == 0, done.output
    return done.output


def test_nothing_of_an_expired_signup_is_left(
    service: Flask, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """In no column of any table (A4.3)."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    source = {"source": "https://www.example.org/news", "topic": "events"}
    people.ask(ADA, first_name="Augusta", tracking=True, **source)
    inbox.work()
    people.ask(ADA, first_name="Augusta", topic="products", source=f"https://www.example.org/for/{ADA}")
    inbox.work()
    assert traces(contents()) == list(TRACES)

    with later(days=7, seconds=1):
        purge(service)

    after = contents()
    assert traces(after) == []
    assert after["signups"] == after["letters"] == after["evidence"] == after["subscribers"] == []


def test_what_stays_are_counts_and_keyed_hashes_that_go_within_thirty_days(
    service: Flask, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """A4.4"""
    people.ask(ADA, source="https://www.example.org/news?utm=1")
    inbox.work()

    with later(days=7, seconds=1):
        purge(service)
    kept = contents()
    with later(days=31):
        purge(service)
    rest = contents()

    assert len(kept["letter_hits"]) == 1
    for event in ("signed_up", "letter_accepted", "expired"):
        assert [row for row in kept["counts"] if event in row and "https://www.example.org/news" in row]
    assert rest["letter_hits"] == rest["post_hits"] == []
    assert rest["counts"]


@pytest.mark.parametrize(
    "asked_at",
    [
        datetime(2027, 3, 24, 12, tzinfo=COPENHAGEN),  # summer time begins
        datetime(2027, 10, 27, 12, tzinfo=COPENHAGEN),  # and ends
        datetime(2028, 2, 25, 12, tzinfo=COPENHAGEN),  # a leap day, and the end of a month
    ],
)
def test_nobody_is_deleted_a_second_early(people: People, contents: Callable[[], Contents], asked_at: datetime) -> None:
    """G2: seven days are seven times 24 hours, whatever the clocks of the machine's country do."""
    deadline = asked_at.astimezone(UTC) + timedelta(days=7)
    with time_machine.travel(asked_at, tick=False):
        people.ask(ADA)

    with time_machine.travel(here(deadline - timedelta(microseconds=1)), tick=False):
        assert signups.expire(privacy.BATCH) == 0
    assert len(contents()["signups"]) == 1
    with time_machine.travel(here(deadline), tick=False):
        assert signups.expire(privacy.BATCH) == 1
    assert contents()["signups"] == []


def here(instant: datetime) -> datetime:
    """With the zone that the machine is then in."""
    return instant.astimezone(COPENHAGEN)


def test_it_may_be_repeated(service: Flask, people: People, contents: Callable[[], Contents]) -> None:
    """G1"""
    people.ask(ADA)

    with later(days=8):
        assert "signups: 1" in purge(service)
        before = contents()
        assert "signups: 0" in purge(service)
        after = contents()

    assert [row for row in after["counts"] if "expired" in row] == [row for row in before["counts"] if "expired" in row]


def test_deleting_leaves_everybody_else_alone(service: Flask, people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(GRACE)
    people.ask(ADA)
    before = contents()
    with later(days=6):
        people.ask("late@example.org")

    with later(days=7, minutes=1):
        purge(service)

    after = contents()
    assert len(after["signups"]) == 1
    assert "late@example.org" in after["signups"][0]
    for table in ("subscribers", "subscriptions", "evidence", "evidence_values", "changes"):
        assert after[table] == before[table]


def test_the_worker_does_it_without_being_asked(
    service: Flask, people: People, contents: Callable[[], Contents]
) -> None:
    """A4.3, D4.12"""
    people.ask(ADA)

    with later(days=7, seconds=1):
        done = service.test_cli_runner().invoke(args=["worker", "--once"])
        with reader() as session:
            last_run = jobs.last(session, "signups")
        assert last_run is not None
        assert clock.now() - last_run < timedelta(minutes=1)

    assert done.exit_code == 0, done.output
    assert contents()["signups"] == contents()["letters"] == []


def test_what_is_overdue_shows_until_it_is_deleted(service: Flask, people: People) -> None:
    """E15, G1"""
    people.ask(ADA)

    with later(days=7, seconds=1):
        assert "newsletter_overdue_deletions 1.0" in people.client.get("/metrics").text
        purge(service)
        told = people.client.get("/metrics").text

    assert "newsletter_overdue_deletions 0.0" in told
    assert 'newsletter_deletions_total{reason="signups"} 1.0' in told


@pytest.mark.parametrize("pressed", ["confirm", "cancel"])
def test_after_deletion_the_links_are_like_any_other_text(
    service: Flask, people: People, inbox: Inbox, pressed: str
) -> None:
    """A4.8, D1.4: a signature that is still valid leads to no row."""
    people.ask(ADA)
    link = inbox.link(ADA, pressed)
    with later(days=8):
        purge(service)

        looked, blind = people.client.get(link), people.client.post(link, data={"nonce": "x"})
        random = people.client.get(f"/{pressed}/nonsense")

    assert looked.status_code == blind.status_code == random.status_code == 404
    assert looked.data == blind.data == random.data


def test_a_letter_still_waiting_dies_with_its_signup(
    service: Flask, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    inbox.relay.stop()
    people.ask(ADA)
    inbox.work()
    inbox.relay.start()

    with later(days=7, seconds=1):
        purge(service)
        assert inbox.letters(ADA) == []

    assert contents()["letters"] == []
