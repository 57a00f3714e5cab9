"""What tools answer is never taken on trust, neither its size nor its form nor its pace (D4.6)."""

import socket
import time

import pytest

from newsletter import clock, config
from newsletter.feed.connectors import speaking
from newsletter.feed.connectors.calling import Pace, judged
from newsletter.feed.connectors.speaking import Reply, Sent, Speaker
from newsletter.feed.connectors.tool import Denied, Failed, Misconfigured, Trouble
from tests.receivers import Receiver
from tests.receivers import Reply as Said
from tests.servers import HOST

QUICK = 0.5  # seconds


def ask(url: str, seconds: float = 10.0) -> Reply:
    speaker = Speaker(config.networks("127.0.0.0/8"), 1)
    reply = speaker.call("POST", url, Sent(headers={}, form={"list": "3"}), seconds)
    speaker.close()
    return reply


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_failure(body: bytes) -> None:
    with pytest.raises(Failed):
        judged(Reply(status=200, body=body)).json()


@pytest.mark.parametrize(
    ("status", "means"),
    [(401, Denied), (403, Denied), (300, Misconfigured), (399, Misconfigured), (429, Trouble), (502, Trouble)]
    + [(503, Trouble), (504, Trouble), (500, Failed), (501, Failed), (599, Failed), (None, Trouble)],
)
def test_a_status_means_the_same_with_every_tool(status: int | None, means: type[Exception]) -> None:
    with pytest.raises(means):
        judged(Reply(status=status))


def test_requests_are_as_far_apart_as_the_operator_says_also_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, now, kept = Pace(4), [100.0], []

    def wait(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace.never, "wait", wait)
    for rest in (0, 0, 0, 0, 10, 0):
        now[0] += rest
        pace.keep()
        kept.append(now[0])

    assert kept == [100, 100.25, 100.5, 100.75, 110.75, 111]


def test_an_answer_that_is_larger_than_anything_that_a_tool_has_to_say_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "LARGEST", 100_000)
    with Receiver() as tool:
        tool.rule = lambda _: Said(200, body=b"x" * 100_001)

        assert ask(tool.url).status is None
        tool.rule = lambda _: Said(200, body=b"x" * 100_000)
        assert len(ask(tool.url).body) == 100_000


def test_a_tool_that_says_nothing_gets_no_more_than_the_deadline() -> None:
    with socket.create_server((HOST, 0)) as silent:
        began = time.monotonic()

        assert ask(f"http://{HOST}:{silent.getsockname()[1]}/", QUICK).error == "timeout"
        assert time.monotonic() - began < 10 * QUICK
