"""Daily counts, of nobody in particular."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter import catalog, clock, counts, feed, privacy
from newsletter.db import db, lock, transactional
from tests.conftest import EXAMPLE, Contents
from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.statements import asked

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


def test_a_letter_to_somebody_subscribed_is_none_of_a_sign_up(service: Flask, people: People, inbox: Inbox) -> None:
    """PRODUCT 4.5"""
    both = "\n[newsletters.nyhedsbrev]\nwelcome = true\ngoodbye = true\n"
    catalog.apply(EXAMPLE.read_text().replace("\n[newsletters.nyhedsbrev]\n", both))
    people.subscribe("ada@example.org")
    people.leave("ada@example.org")
    assert len(inbox.letters("ada@example.org")) == 3
    today = clock.now().date()

    [item] = feed.stats("nyhedsbrev", today, today)

    assert item["letter_accepted"] == 1


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


def test_a_day_of_very_many_pages_is_added_up_by_as_few_statements_as_one_of_two(
    service: Flask, people: People, inbox: Inbox
) -> None:
    """Strangers can name any number of pages, and readers of the feed wait for whoever writes."""
    taken = []
    for pages in (2, 12):
        for page in range(pages):
            for name in ("ada", "grace"):
                people.ask(f"{name}{pages}{page}@example.org", source=f"https://www.example.org/{page}")
        inbox.work()
        with later(days=1), asked() as statements:
            privacy.RULES["counts"]()
        taken.append(len(statements))

    assert taken[0] == taken[1]


def test_nobody_has_to_wait_while_all_days_are_looked_at_and_nothing_is_to_be_added_up(
    service: Flask, people: People, inbox: Inbox
) -> None:
    """The look takes the longer the more years are kept."""
    people.ask("ada@example.org")
    inbox.work()

    with later(days=1), db.engine.execution_options(**transactional()).connect() as other, Session(other) as session:
        lock(session, "counts")
        session.execute(text("SELECT 1"))  # with which a writer begins on SQLite, the only one

        assert privacy.RULES["counts"]() == 0


def test_what_is_too_much_to_be_added_up_at_once_is_added_up_in_turns(
    service: Flask, people: People, inbox: Inbox, contents: Callable[[], Contents], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "AT_ONCE", 3)
    for page in range(2):
        for name in ("ada", "grace", "hedy", "joan"):
            people.ask(f"{name}{page}@example.org", source=f"https://www.example.org/{page}")
    inbox.work()
    today = clock.now().date()
    counted = feed.stats("nyhedsbrev", today, today)

    with later(days=1):
        turns = [privacy.RULES["counts"]() for _ in range(12)]

    assert turns[0] == 3 and turns[-1] == 0
    assert feed.stats("nyhedsbrev", today, today) == counted
    assert len(contents()["counts"]) == 4  # signed up, and letter accepted, on either page


def test_pages_that_strangers_make_up_do_not_fill_the_table_for_ever(
    service: Flask, people: People, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a past day those named most are kept apart, and nothing is lost of the sums."""
    monkeypatch.setattr(counts, "MOST_PAGES", 1)
    for name, page in (("ada", "news"), ("grace", "news"), ("hedy", "made-up-1"), ("joan", "made-up-2")):
        people.ask(f"{name}@example.org", source=f"https://www.example.org/{page}")
    people.ask("edsger@example.org")
    inbox.work()
    today = clock.now().date()
    assert len(feed.stats("nyhedsbrev", today, today)) == 4

    with later(days=1):
        while privacy.RULES["counts"]():
            pass

    told = {day["source"]: day for day in feed.stats("nyhedsbrev", today, today)}
    assert set(told) == {"https://www.example.org/news", None}
    assert [told[page]["signed_up"] for page in told] == [told[page]["letter_accepted"] for page in told] == [3, 2]
