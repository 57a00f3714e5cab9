"""A database outage is told, and never a false "done" (PRODUCT 7)."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.exc import InternalError, SQLAlchemyError

from newsletter import access, catalog, db
from newsletter.access import Scope
from newsletter.engine import OUTAGES
from tests.crowd import Crowd
from tests.databases import END_OTHERS, only_reading
from tests.journeys.bad_input.wrong import ADA, PATH, is_problem
from tests.people import People
from tests.servers import Postgres

OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def lose_database(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Flask], None]:
    """Take the database away under a running service."""

    def lose(app: Flask) -> None:
        if database_url.startswith("sqlite"):
            with app.app_context():
                db.db.engine.dispose()
            for file in tmp_path.glob("newsletter.db*"):
                file.unlink()
            (tmp_path / "newsletter.db").mkdir()
        else:
            server: Postgres = request.getfixturevalue("server")
            server.drop_database(str(make_url(database_url).database))

    return lose


@pytest.mark.parametrize("knows_the_catalogue", [True, False])
def test_a_database_outage_is_told_and_never_a_false_done(
    capsys: pytest.CaptureFixture[str],
    people: People,
    make_app: Callable[..., Flask],
    lose_database: Callable[[Flask], None],
    knows_the_catalogue: bool,
) -> None:
    """D3.9. The database's own words are for the operator. A3.8: people are told in the language of their form."""
    fields = people.filled(ADA, language="da")
    app = people.client.application if knows_the_catalogue else make_app()
    client = app.test_client(use_cookies=False)
    link = "/unsubscribe/x"
    lose_database(people.client.application)

    reads = {"Accept-Language": "de" if knows_the_catalogue else "da"}
    by_form = client.post(PATH, data=fields, headers=reads)
    by_script = client.post(PATH, json={"email": ADA, "consents": fields["consent"]})

    assert (by_form.status_code, by_script.status_code) == (503, 503)
    assert by_form.headers["Retry-After"] == by_script.headers["Retry-After"]
    assert int(by_form.headers["Retry-After"]) > 0
    assert is_problem(by_script, 503)
    assert by_form.mimetype == "text/html"
    assert "Tjenesten kan ikke nå sin database lige nu. Intet er gemt" in by_form.text
    assert ("skriv til adressen nedenfor" in by_form.text) == ("<address>" in by_form.text) == knows_the_catalogue
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code in (404, 503)
    said = capsys.readouterr().err
    assert "unable to open database file" in said or "does not exist" in said


def test_in_an_outage_the_catalogue_of_before_is_not_taken_for_a_newer_one(
    people: People, lose_database: Callable[[Flask], None]
) -> None:
    """PRODUCT 4.2: a worker would drop a sign-up for a newsletter that is new in it."""
    before = catalog.current()
    newer = catalog.version() + 1
    lose_database(people.client.application)

    with pytest.raises(SQLAlchemyError):
        catalog.current(newer)

    assert catalog.current() is before


def test_a_transaction_that_the_database_ended_is_an_outage_and_no_fault(app: Flask) -> None:
    @app.get("/stalled")
    def stalled() -> str:
        with db.transaction() as session:
            if db.is_postgresql():
                session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
                sleep(0.1)
                session.execute(text("SELECT 1"))
            else:  # SQLite ends none; the answer is the same for what a database calls its own fault
                raise InternalError("", None, Exception())
        return ""

    assert app.test_client().get("/stalled").status_code == 503


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_outage_that_is_over_is_no_outage(people: People, database_url: str) -> None:
    """PRODUCT 6: whoever presses first after the database was started again is served. SQLite has no connections."""
    people.subscribe(ADA)
    reader = {"Authorization": f"Bearer {access.create('tool', [Scope.FEED_READ], [], None)}"}
    client = people.client.application.test_client(use_cookies=False)

    def restart() -> None:
        with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(END_OTHERS)

    def listed() -> list[dict[str, Any]]:
        restart()
        answer = client.get("/api/v1/newsletters/nyhedsbrev/contacts", headers=reader)
        assert answer.status_code == 200
        return list(answer.get_json()["items"])

    [contact] = listed()
    restart()
    left = client.post(urlsplit(contact["links"]["unsubscribe"]).path, data={"List-Unsubscribe": "One-Click"})

    assert left.status_code == 200
    assert listed() == []


def test_a_database_that_may_be_written_again_is_written(people: People, app: Flask) -> None:
    """A connection stays read-only that began while the server was, as where its disk was full or it stood by."""
    post = {"email": ADA, "consents": list(people.wordings().values())}

    def only_read() -> None:
        with app.app_context(), db.transaction() as session:
            only = "SET default_transaction_read_only = on" if db.is_postgresql() else "PRAGMA query_only = on"
            session.execute(text(only))

    def write() -> None:
        with app.app_context(), db.transaction() as session:
            session.execute(text("UPDATE job_runs SET total = total"))

    only_read()
    assert people.client.post(PATH, json=post).status_code == 202

    only_read()
    with suppress(OUTAGES):  # who finds out; PostgreSQL says so beforehand
        write()
    write()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_only_reads_is_asked_by_no_more_connections_than_ever(
    people: People, crowd: Crowd, database_url: str
) -> None:
    """What nobody uses again is hung up, or a database that is read-only for an hour has no connection left."""
    post = {"email": ADA, "consents": list(people.wordings().values())}

    def ask() -> set[int]:
        return {people.client.post(PATH, json=post).status_code for _ in range(10)}

    with only_reading(database_url) as connection:
        answers = crowd.do(*[ask] * 4)
        counted = connection.execute(OTHERS).fetchone()

    assert answers == [{503}] * 4
    assert counted is not None
    assert counted[0] <= 4
    assert people.client.post(PATH, json=post).status_code == 202


def test_a_fault_of_ours_is_told_to_the_log_and_to_nobody_else(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """D3.9"""

    @app.get("/broken")
    @app.get("/api/broken")
    def broken() -> str:
        raise ZeroDivisionError("what nobody is to see")

    client = app.test_client(use_cookies=False)
    page, problem = client.get("/broken"), client.get("/api/broken")

    assert is_problem(problem, 500)
    assert (page.status_code, page.mimetype) == (500, "text/html")
    for answer in (page, problem):
        assert "Something went wrong on our side." in answer.text
        assert "nobody is to see" not in answer.text
    assert caplog.text.count("ZeroDivisionError: what nobody is to see") == 2


def test_without_a_catalogue_nothing_is_a_fault(app: Flask) -> None:
    client = app.test_client(use_cookies=False)

    by_form, by_script = client.post(PATH, data={"email": ADA}), client.post(PATH, json={"email": ADA})

    assert (by_form.status_code, by_script.status_code) == (503, 503)
    assert "Retry-After" in by_form.headers
    assert client.get("/newsletters/nyhedsbrev").status_code == 503
    assert client.get("/confirm/x").status_code == 404
