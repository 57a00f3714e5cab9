"""One JSON line for each request, which names no path, no address and no token (D2.2)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.config import networks
from tests.people import People

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def browser(service: Flask, make_app: Callable[..., Flask]) -> FlaskClient:
    """A client of a process that logs as it does in production."""
    return make_app(log_level="INFO", trusted_proxies=networks("192.0.2.1")).test_client(use_cookies=False)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The lines about requests since the last look."""

    def read() -> list[dict[str, Any]]:
        said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        return [line for line in said if line["event"] == "request"]

    return read


def test_a_request_is_told_in_one_line(browser: FlaskClient, lines: Lines) -> None:
    answer = browser.get("/newsletters/nyhedsbrev?language=en")

    (line,) = lines()
    assert (line["method"], line["route"], line["status"]) == ("GET", "/newsletters/<slug>", 200)
    assert line["ms"] >= 0
    assert line["request_id"] == answer.headers["X-Request-Id"]


def test_no_line_holds_a_link_an_address_or_an_ip(browser: FlaskClient, people: People, lines: Lines) -> None:
    people.ask("ada@example.org")
    link = people.inbox.link("ada@example.org")
    browser.get(link, headers={"X-Forwarded-For": "203.0.113.9"})
    browser.get("/unsubscribe/ada@example.org")

    told = json.dumps(lines())

    assert '"/confirm/<token>"' in told
    assert all(secret not in told for secret in (link, "ada@", "203.0.113.9", "127.0.0.1"))


def test_what_was_refused_is_told_by_route_and_status(browser: FlaskClient, people: People, lines: Lines) -> None:
    """D4.11: dead links, keys that are none, limits; in UTC."""
    filled = people.filled("ada@example.org")
    browser.get("/confirm/x")
    browser.get("/api/v1/newsletters/nyhedsbrev/contacts", headers={"Authorization": "Bearer nlk_x_y"})
    for _ in range(21):
        browser.post("/newsletters/nyhedsbrev/signups", data=filled)

    told = lines()

    assert {
        ("/confirm/<token>", 404),
        ("/api/v1/newsletters/<slug>/contacts", 401),
        ("/newsletters/<slug>/signups", 429),
    } <= {(line["route"], line["status"]) for line in told}
    assert all(line["timestamp"].endswith("+00:00") for line in told)


def test_an_id_that_the_caller_gave_is_kept(browser: FlaskClient, lines: Lines) -> None:
    answer = browser.get("/health/live", headers={"X-Request-Id": "a1b2c3d4-e5f6"})

    assert answer.headers["X-Request-Id"] == "a1b2c3d4-e5f6"
    assert lines()[0]["request_id"] == "a1b2c3d4-e5f6"


def test_what_does_not_look_like_an_id_is_replaced(browser: FlaskClient, lines: Lines) -> None:
    for given in ("short", "x" * 65, "ada@example.org", 'quote"-and-brace}', "with space-1"):
        answer = browser.get("/health/live", headers={"X-Request-Id": given})

        assert answer.headers["X-Request-Id"] != given
        assert given not in json.dumps(lines())


def test_the_trace_of_a_machine_goes_on(browser: FlaskClient, lines: Lines) -> None:
    """E14"""
    browser.get("/api/v1/openapi.json", headers={"traceparent": TRACEPARENT})

    assert lines()[0]["trace_id"] == TRACE


def test_the_trace_that_a_trusted_proxy_began_goes_on(browser: FlaskClient, lines: Lines) -> None:
    proxy = {"REMOTE_ADDR": "192.0.2.1"}

    browser.get("/health/live", headers={"traceparent": TRACEPARENT}, environ_base=proxy)

    assert lines()[0]["trace_id"] == TRACE


def test_a_strangers_trace_ends_at_the_public_edge(browser: FlaskClient, lines: Lines) -> None:
    """E14"""
    browser.get("/newsletters/nyhedsbrev", headers={"traceparent": TRACEPARENT})

    assert "trace_id" not in lines()[0]


def test_an_invalid_trace_is_none(browser: FlaskClient, lines: Lines) -> None:
    """E14"""
    for given in (
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        "ada@example.org",
    ):
        browser.get("/api/v1/openapi.json", headers={"traceparent": given})

        assert "trace_id" not in lines()[-1], given


def test_a_stream_is_told_when_it_is_over(browser: FlaskClient, lines: Lines) -> None:
    made = browser.application.test_cli_runner().invoke(args=["keys", "create", "crm", "--scope", "feed:read"])
    lines()
    key = {"Authorization": f"Bearer {made.stdout.splitlines()[-1]}"}

    stream = browser.get("/api/v1/newsletters/nyhedsbrev/contacts.ndjson", headers=key)
    assert lines() == []
    stream.close()

    assert lines()[0]["route"].endswith("/contacts.ndjson")
