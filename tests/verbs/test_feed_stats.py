"""Daily counts, of nobody in particular."""

from datetime import timedelta

import pytest
from flask import Flask

from newsletter import clock, feed, privacy
from tests.crowd import Crowd
from tests.people import Inbox, People, later

NOTHING = {"signed_up": 0, "letter_accepted": 0, "confirmed": 0, "expired": 0, "not_me": 0}


def test_sign_ups_are_counted_by_day_language_and_page(service: Flask, people: People, inbox: Inbox) -> None:
    page = "https://www.example.org/news"
    people.subscribe("ada@example.org", source=page)
    people.ask("grace@example.org", source=page)
    people.ask("hedy@example.org", language="de")
    inbox.work()
    today = clock.now().date()

    items = feed.stats("nyhedsbrev", today, today)

    day = {"day": today.isoformat()}
    assert items == [
        {**day, "language": "de", "source": None, **NOTHING, "signed_up": 1, "letter_accepted": 1},
        {**day, "language": "en", "source": page, **NOTHING, "signed_up": 2, "letter_accepted": 2, "confirmed": 1},
    ]


def test_other_days_and_newsletters_are_not_counted(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    today = clock.now().date()
    yesterday = today - timedelta(days=1)

    assert feed.stats("nyhedsbrev", yesterday, yesterday) == []
    assert feed.stats("webshop", today, today) == []


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_sign_up_that_expired_before_any_worker_looked_at_it_is_one_all_the_same(
    service: Flask, people: People, inbox: Inbox, minutes: int
) -> None:
    """Nothing was sent for a week; then the worker decides first, or deletes first."""
    people.ask("ada@example.org")
    people.ask("hedy@example.org")
    today = clock.now().date()

    with later(days=7, minutes=minutes):
        if minutes < 0:
            inbox.work()
    with later(days=7, minutes=30):
        privacy.RULES["signups"]()

    [day] = feed.stats("nyhedsbrev", today, today)
    assert day["signed_up"] == 2
    assert day["letter_accepted"] == 0


def test_workers_that_add_up_a_day_at_the_same_moment_count_nobody_twice(
    service: Flask, people: People, inbox: Inbox, crowd: Crowd
) -> None:
    for page in range(10):
        for name in ("ada", "grace"):
            people.ask(f"{name}{page}@example.org", source=f"https://www.example.org/{page}")
    inbox.work()
    today = clock.now().date()
    counted = feed.stats("nyhedsbrev", today, today)

    with later(days=1):
        crowd.do(*[privacy.RULES["counts"]] * 4)

    assert feed.stats("nyhedsbrev", today, today) == counted
