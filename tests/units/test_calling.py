"""What tools answer is never taken on trust, neither its size nor its form nor its pace (D4.6)."""

import json
import socket
import time
from contextlib import closing
from itertools import islice

import pytest

from newsletter import clock, config
from newsletter.feed.connectors import calling
from newsletter.feed.connectors.calling import Interface, Pace, Spoken, refuse_what_is_no_answer
from newsletter.feed.connectors.listmonk import Listmonk
from newsletter.feed.connectors.listmonk_subscribers import attribs_of, left_at
from newsletter.feed.connectors.mailman import Mailman
from newsletter.feed.connectors.tool import Denied, Failed, Misconfigured, Trouble
from newsletter.outgoing import Client
from tests.receivers import Receiver, Reply
from tests.servers import HOST

QUICK = 0.5  # seconds


def ask(url: str, seconds: float = 10.0) -> Spoken:
    login = {"url": url, "user": "newsletter", "secret": "secret"}
    with closing(Client(config.networks("127.0.0.0/8"), 1)) as client:
        return Interface(client, login).call("POST", "/", data={"list": "3"}, seconds=seconds)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"NaN", rb'"\ud800"'])
def test_what_is_no_json_is_a_failure(body: bytes) -> None:
    with pytest.raises(Failed):
        Spoken(status=200, body=body).json()


def test_a_list_that_does_not_end_is_a_failure() -> None:
    member = {"email": "ada@example.org", "member_id": "1", "user": "https://lists.example.org/3.1/users/2"}
    with Receiver() as server:
        server.rule = lambda _: Reply(200, body=json.dumps({"entries": [member]}).encode())
        login = {"url": server.url, "user": "newsletter", "secret": "secret", "list": "news.lists.example.org"}
        client = Client(config.networks("127.0.0.0/8"), 1)
        with pytest.raises(Failed):
            list(islice(Mailman("nyhedsbrev", login, client).roster(), 10))
        client.close()


def test_attributes_that_are_not_as_we_told_them_say_nothing() -> None:
    listmonk = Listmonk("nyhedsbrev", {"url": "", "user": "", "secret": "", "list": 3}, Client((), 1))
    known = {"id": 1, "email": "ada@example.org", "status": "enabled"}
    known["lists"] = [{"id": 3, "subscription_status": "confirmed"}]
    for odd in (None, True, 1.0, -1, 2**63, "\0", [], {}):
        told = listmonk.entry({**known, "attribs": {"nyhedsbrev": {"id": odd, "version": odd}}})

        assert (told.contact_id, told.version) == (None, 0)


@pytest.mark.parametrize(
    ("said", "means"),
    [(Reply(404), Misconfigured), (Reply(200, body=b"<html>"), Failed), (Reply(200, body=b"{}"), Failed)],
)
def test_what_somebody_else_answers_in_a_tools_place_is_no_withdrawal_and_no_erasure(
    said: Reply, means: type[Exception]
) -> None:
    """A proxy knows nothing while the tool behind it is away, or shows a page to log in."""
    with Receiver() as server:
        server.rule = lambda _: said
        login = {"url": server.url, "user": "newsletter", "secret": "secret"}
        client = Client(config.networks("127.0.0.0/8"), 1)
        listmonk = Listmonk("nyhedsbrev", {**login, "list": 3}, client)
        mailman = Mailman("nyhedsbrev", {**login, "list": "news.lists.example.org"}, client)
        for ending in (listmonk.leave, listmonk.erase, mailman.leave, mailman.erase):
            with pytest.raises(means):
                ending("1")
        client.close()


@pytest.mark.parametrize("at", [None, "", "yesterday", "0001-01-01T00:00:00+05:00"])
def test_an_instant_that_cannot_be_read_is_a_failure(at: str | None) -> None:
    with pytest.raises(Failed):
        left_at({"lists": [{"id": 3, "subscription_updated_at": at}]}, 3)


@pytest.mark.parametrize("attribs", [None, "text", ["list"]])
def test_attributes_of_another_form_are_none(attribs: object) -> None:
    assert attribs_of({"attribs": attribs}) == {}


@pytest.mark.parametrize(
    ("status", "means"),
    [(401, Denied), (403, Denied), (300, Misconfigured), (399, Misconfigured), (429, Trouble), (502, Trouble)]
    + [(503, Trouble), (504, Trouble), (500, Failed), (501, Failed), (599, Failed)],
)
def test_a_status_means_the_same_with_every_tool(status: int, means: type[Exception]) -> None:
    with pytest.raises(means):
        refuse_what_is_no_answer(Spoken(status=status))


def test_requests_are_as_far_apart_as_the_operator_says_also_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, now, kept = Pace(4), [100.0], []

    def wait(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(calling, "rest", wait)
    for rest in (0, 0, 0, 0, 10, 0):
        now[0] += rest
        pace.keep()
        kept.append(now[0])

    assert kept == [100, 100.25, 100.5, 100.75, 110.75, 111]


def test_an_answer_that_is_larger_than_anything_that_a_tool_has_to_say_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LARGEST", 100_000)
    with Receiver() as tool:
        tool.rule = lambda _: Reply(200, body=b"x" * 100_001)

        with pytest.raises(Trouble):
            ask(tool.url)
        tool.rule = lambda _: Reply(200, body=b"x" * 100_000)
        assert len(ask(tool.url).body) == 100_000


def test_no_tool_is_offered_to_squeeze_an_answer_that_is_read_as_it_comes() -> None:
    with Receiver() as tool:
        ask(tool.url)

        assert tool.requests[0].headers["accept-encoding"] == "identity"


def test_a_tool_that_says_nothing_gets_no_more_than_the_deadline() -> None:
    with socket.create_server((HOST, 0)) as silent:
        began = time.monotonic()

        with pytest.raises(Trouble, match="timeout"):
            ask(f"http://{HOST}:{silent.getsockname()[1]}", QUICK)
        assert time.monotonic() - began < 15
