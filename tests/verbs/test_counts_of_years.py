"""Daily counts are kept without end, and nothing that is done again and again takes longer for it."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from newsletter import clock, counts, privacy
from newsletter.counts import OPEN, Count, Event, Total
from newsletter.db import reader, transaction
from tests.people import People, later
from tests.statements import asked, plan_of

SIGNED_UP = Total("nyhedsbrev", Event.SIGNED_UP, "", "")


def counted(days_ago: int, newsletter: str = "nyhedsbrev") -> dict[str, object]:
    day = clock.now().date() - timedelta(days=days_ago)
    return {"day": day, "newsletter": newsletter, "language": "en", "source": None, "event": "signed_up", "n": 3}


def keep(*rows: dict[str, object]) -> None:
    with transaction() as session:
        session.execute(insert(Count), rows)


def total() -> int:
    with reader() as session:
        return counts.totals(session, clock.now().date())[SIGNED_UP]


def test_all_that_was_ever_counted_adds_up_on_any_day(service: Flask, people: People) -> None:
    keep(counted(1000), counted(OPEN.days + 1), counted(OPEN.days), counted(1))
    assert total() == 12

    people.subscribe("ada@example.org")
    assert total() == 13
    for days in (1, 2, 59, 60, 61, 400):
        with later(days=days):
            assert total() == 13


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_neither_a_scrape_nor_the_worker_looks_at_what_is_long_over_again(client: FlaskClient) -> None:
    keep(counted(1000), counted(1000, "webshop"), counted(1))
    client.get("/metrics")

    with asked() as statements:
        client.get("/metrics")
        privacy.RULES["counts"]()

    plans = [plan_of(*one) for one in statements if "sum(" in one[0] or "HAVING" in one[0]]
    assert len(plans) == 2
    assert all("newsletter=? AND day>?" in plan and "SCAN counts" not in plan for plan in plans), plans


def test_a_day_that_is_not_long_over_is_added_up_when_something_is_counted_for_it_late(service: Flask) -> None:
    keep(counted(14), counted(14), counted(OPEN.days + 1), counted(OPEN.days + 1))

    privacy.RULES["counts"]()

    with reader() as session:
        assert [found.n for found in session.scalars(select(Count).order_by(Count.day))] == [3, 3, 6]
