"""A pooler before PostgreSQL: a place for it in session mode, and a word to the operator about any other."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from newsletter.db import reader
from tests.people import Inbox, People
from tests.servers import Relay, pooler

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
MakeApp = Callable[..., Flask]


@pytest.fixture
def socket_url(database_url: str) -> str:
    if "host" not in make_url(database_url).query:
        pytest.skip("somebody else's server may ask for a password")
    return database_url


@pytest.mark.usefixtures("service")
def test_in_session_mode_it_takes_nothing_away(make_app: MakeApp, socket_url: str, relay: Relay) -> None:
    with pooler(socket_url, is_shared=False) as url:
        app = make_app(database_url=url)
        with app.app_context():
            people = People(app.test_client(use_cookies=False), Inbox(app, relay))
            assert people.subscribe("ada@example.org").status_code == 200
            examined = app.test_cli_runner().invoke(args=["doctor"])
            with reader() as session:
                patience = session.scalar(text("SHOW statement_timeout"))

    assert "ok    database: " in examined.stdout
    assert "pooler" not in examined.stdout
    assert patience == "30s"


@pytest.mark.usefixtures("service")
def test_one_that_hands_sessions_on_between_transactions_is_a_failure(make_app: MakeApp, socket_url: str) -> None:
    with pooler(socket_url, is_shared=True) as url:
        app = make_app(database_url=url)
        with app.app_context():
            examined = app.test_cli_runner().invoke(args=["doctor"])

    assert examined.exit_code == 1
    assert "FAIL  database: A pooler hands the database's sessions on between transactions" in examined.stdout
