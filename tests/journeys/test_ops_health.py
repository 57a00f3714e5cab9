"""Liveness and readiness: what a load balancer asks, told without versions or data (E16)."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.config import networks
from tests.databases import END_OTHERS, only_reading, plain

MakeApp = Callable[..., Flask]
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}
SIGNUPS = "/newsletters/nyhedsbrev/signups"


def test_a_service_with_database_schema_and_catalogue_is_ready(client: FlaskClient) -> None:
    """E16: no versions, no data."""
    ready = client.get("/health/ready")

    assert (ready.status_code, ready.json) == (200, {"status": "ready"})
    assert ready.headers["Cache-Control"] == "no-store"


def test_a_process_lives_whatever_its_database_does(make_app: MakeApp) -> None:
    """E16"""
    client = make_app(database_url="sqlite:////nowhere/at/all.db").test_client()

    assert client.get("/health/live").json == {"status": "live"}
    refused = client.get("/health/ready")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json["detail"] == "The database cannot be reached."


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_has_come_back_is_there_from_the_first_look(client: FlaskClient, database_url: str) -> None:
    """The connections of before are dead, and the process learns of it only by using one."""
    client.get("/health/ready")
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute(END_OTHERS)

    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_may_only_be_read_is_not_ready_until_it_may_be_written(
    client: FlaskClient, database_url: str
) -> None:
    """As one that stands by, after a failover: no sign-up could be taken."""
    with only_reading(database_url):
        refused = client.get("/health/ready")

    assert (refused.status_code, refused.json["detail"]) == (503, "The database may only be read.")
    assert client.get("/health/ready").status_code == 200


def test_without_a_catalogue_nobody_can_sign_up_so_nothing_is_ready(app: Flask) -> None:
    refused = app.test_client().get("/health/ready")

    assert (refused.status_code, refused.json["detail"]) == (503, "No catalogue has been applied yet.")


def test_a_database_without_this_releases_schema_is_not_ready(tmp_path: Path, make_app: MakeApp) -> None:
    refused = make_app(database_url=f"sqlite:///{tmp_path}/empty.db").test_client().get("/health/ready")

    assert refused.status_code == 503
    assert "older than this release" in refused.json["detail"]


def test_a_forwarding_header_that_was_ignored_is_named(client: FlaskClient) -> None:
    client.post(SIGNUPS, headers=FORWARDED)

    ready = client.get("/health/ready")

    assert ready.status_code == 200
    assert "NEWSLETTER_TRUSTED_PROXIES" in ready.json["warnings"][0]
    assert "203.0.113.9" not in ready.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_one_that_a_trusted_proxy_sent_is_no_cause_for_a_warning(
    service: Flask, make_app: MakeApp, header: str
) -> None:
    client = make_app(trusted_proxies=networks("127.0.0.0/8")).test_client()
    client.post(SIGNUPS, headers={header: "203.0.113.9"})

    assert client.get("/health/ready").json == {"status": "ready"}


def test_looking_leaves_no_trace_even_with_a_header_that_is_ignored(client: FlaskClient) -> None:
    client.get("/newsletters/nyhedsbrev", headers=FORWARDED)

    assert client.get("/health/ready").json == {"status": "ready"}
