"""A tool has every change pushed to it, signed, and can see and repeat what was sent."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from newsletter import config
from tests.people import People
from tests.receivers import Receiver, Tool

ADA, GRACE = "ada@example.org", "grace@example.org"


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    return replace(settings, private_targets=config.networks("127.0.0.0/8"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def tool(service: Flask, people: People) -> Tool:
    return Tool(service, people.client)


def test_a_confirmation_is_pushed_signed_and_verified_by_the_official_library(
    tool: Tool, receiver: Receiver, people: People
) -> None:
    """E3"""
    webhook = tool.add(receiver)

    people.subscribe(ADA)
    tool.push()

    [request] = receiver.requests
    told = request.verify(webhook["secret"])
    assert request.path == "/hook"
    assert told["type"] == "contact.confirmed"
    assert told["data"]["kind"] == "confirmed"
    assert told["data"]["contact"]["email"] == ADA
    assert told["data"]["contact"]["status"] == "subscribed"
    assert told["timestamp"] == told["data"]["at"] == told["data"]["contact"]["confirmed_at"]
    assert request.headers["content-type"] == "application/json"


def test_what_happened_before_a_webhook_was_made_is_not_pushed_but_can_be_replayed(
    tool: Tool, receiver: Receiver, people: People
) -> None:
    people.subscribe(ADA)
    webhook = tool.add(receiver)
    people.subscribe(GRACE)
    tool.push()
    assert [request.email for request in receiver.requests] == [GRACE]

    asked = tool.post(f"/webhooks/{webhook['id']}/replay", {"after": "0-0"})
    tool.push()

    assert asked.status_code == 202
    assert sorted(request.email or "" for request in receiver.requests[1:]) == [ADA, GRACE]
