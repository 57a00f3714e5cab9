"""A life in full: nothing of a person lies in a column that is not said to hold it (A8.9)."""

import base64
from collections.abc import Iterator

import pytest
import sqlalchemy
from flask import Flask

from newsletter.db import Base, db
from newsletter.signups import Signup
from newsletter.subscriptions import Subscriber, Subscription
from tests.architecture.test_privacy_docs import CLASSIFIED
from tests.people import Inbox, People

ADA, GRACE, EVE = "ada.lovelace@example.org", "grace.hopper@example.com", "eve.online@example.net"
HERE = "192.0.2.77"
CLEAR = ("lovelace", "hopper", "eve.online", "augusta", HERE)
WHY = ("--reason", "augusta asked by phone", "--actor", "grace hopper")


def spellings(trace: str) -> list[str]:
    return [trace, trace.encode().hex(), base64.b64encode(trace.encode()).decode().strip("=").lower()]


@pytest.fixture
def lives(service: Flask, people: People, inbox: Inbox) -> Flask:
    """One stays, one leaves and is suppressed, one never confirms and is held; staff and the worker were there."""

    def run(*arguments: str) -> None:
        done = service.test_cli_runner().invoke(args=[*arguments])
        assert done.exit_code == 0, (arguments, done.output)

    people.client.environ_base["REMOTE_ADDR"] = HERE
    people.subscribe(ADA, first_name="Augusta", tracking=True, source="https://www.example.org/news")
    people.client.post("/manage", data={"email": ADA, "language": "en"})
    inbox.work()
    people.subscribe(GRACE)
    people.leave(GRACE)
    people.ask(EVE)
    inbox.work()
    people.ask(EVE, topic="events")
    run("signups", "hold", EVE, "--until", "2100-01-01", *WHY)
    run("suppressions", "add", GRACE, *WHY)
    run("suppressions", "lift", GRACE, *WHY)
    run("requests", "add", "access", "--reference", "augusta, by letter", "--actor", "grace hopper")
    run("evidence", "show", ADA)
    run("purge")
    return service


def values() -> Iterator[tuple[str, str, str]]:
    """Everything in the database: table, column, value as text."""
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(sqlalchemy.select(table)).mappings():
                yield from ((table.name, column, str(value).lower()) for column, value in row.items())


@pytest.mark.usefixtures("lives")
def test_what_names_a_person_lies_only_where_the_classification_says_so() -> None:
    found = {
        (table, column)
        for table, column, text in values()
        for trace in CLEAR
        if any(s in text for s in spellings(trace))
    }

    assert {(table, column) for table, column in found if column not in CLASSIFIED[table].direct} == set()
    assert {table for table, _ in found} >= {"signups", "letters", "subscribers", "subscriptions", "evidence_values"}


@pytest.mark.usefixtures("lives")
def test_ids_of_people_lie_only_where_the_classification_says_that_something_leads_to_a_person() -> None:
    with db.engine.connect() as connection:
        people = [Subscriber.__table__, Subscription.__table__, Signup.__table__]
        ids = [row.id for table in people for row in connection.execute(sqlalchemy.select(table.c.id))]

    found = {(table, column) for table, column, text in values() if any(one in text for one in ids)}

    assert {(table, column) for table, column in found if column not in CLASSIFIED[table].personal} == set()
