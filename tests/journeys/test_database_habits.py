"""A PostgreSQL with habits of its own: it knows bytes and no letters, and tells dates as nobody else does."""

import re
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import UndefinedObject
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from newsletter import clock
from newsletter.db import reader
from tests.conftest import migrate
from tests.people import People, Tool
from tests.servers import Postgres

NAME = "Søren Żółć 漢"
HABITS = (
    "datestyle = 'German, DMY'",
    "timezone = 'America/St_Johns'",
    "bytea_output = 'escape'",
    "synchronous_commit = off",
    "default_transaction_isolation = 'serializable'",
    "statement_timeout = 0",
    "lock_timeout = 0",
    "idle_in_transaction_session_timeout = 0",
    "idle_session_timeout = '300ms'",
)


@pytest.fixture
def database_url(server: Postgres) -> str:
    url = server.create_database(encoding="SQL_ASCII")
    for habit in HABITS:
        server.execute(SQL("ALTER DATABASE {} SET " + habit).format(Identifier(server.made[-1])))
    with suppress(UndefinedObject):  # which it is before PostgreSQL 17
        server.execute(SQL("ALTER DATABASE {} SET transaction_timeout = '1min'").format(Identifier(server.made[-1])))
    migrate(url)
    return url


def test_names_in_any_letters_and_instants_are_kept_in_it_and_found_again(
    people: People, tool: Tool, client: FlaskClient
) -> None:
    assert people.subscribe("ada@example.org", language="da", first_name=NAME).status_code == 200

    contact = tool.contact("ada@example.org")
    sheet = client.get("/api/v1/newsletters/nyhedsbrev/contacts.csv", headers={"Authorization": f"Bearer {tool.key}"})

    assert contact["fields"] == {"first_name": NAME}
    assert abs(clock.now() - datetime.fromisoformat(contact["confirmed_at"])) < timedelta(minutes=10)
    assert NAME in sheet.text
    assert people.leave("ada@example.org").status_code == 200


def test_that_it_may_forget_what_it_has_committed_is_worth_a_warning(service: Flask) -> None:
    told = service.test_cli_runner().invoke(args=["doctor"])

    assert told.exit_code == 0
    assert re.search(r"^warn +durability: .*synchronous_commit switched off", told.stdout, re.MULTILINE)


def test_no_lock_and_no_statement_is_waited_for_without_end_whatever_it_is_used_to(service: Flask) -> None:
    """A lock that is held too long is an outage that the caller is told of, within the proxy's patience."""
    with reader() as session:
        rows = session.execute(text("SELECT name, setting FROM pg_settings")).all()
    told = {row.name: row.setting for row in rows}

    assert 0 < int(told["lock_timeout"]) < int(told["statement_timeout"]) <= 30_000
    assert 0 < int(told["idle_in_transaction_session_timeout"]) <= 30_000
    assert told["default_transaction_isolation"] == "read committed"
    assert told.get("transaction_timeout", "0") == "0", "an export may take as long as its reader needs"
