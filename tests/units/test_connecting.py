"""Requests of ours go to the address that was judged, whatever its name leads to by then (D4.5)."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from threading import Event
from typing import Any

import pytest

from newsletter import clock
from newsletter.config import networks
from newsletter.outgoing import FORBIDDEN, Answer, Client
from tests.servers import HOST

PUBLIC = "93.184.215.14"
Addresses = list[tuple[str, int]]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """Where connections were tried, in a network that has nobody in it, and in which every name is public."""
    tried: Addresses = []

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in (PUBLIC, "8.8.8.8")]

    def connect(address: tuple[str, int], *_: Any) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver that says nothing until the test is over."""
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait() and [])
    yield
    over.set()


def post(url: str, seconds: float = 5) -> Answer:
    client = Client((), 1)
    answer = client.post(url, b"{}", {}, seconds)
    client.close()
    return answer


def test_a_receiver_is_connected_to_by_the_addresses_that_were_judged_and_not_by_its_name(connected: Addresses) -> None:
    """Each of them, until one answers."""
    assert post("https://hooks.example.org/hook") == Answer(status=None, error="connection refused")

    assert connected == [(PUBLIC, 443), ("8.8.8.8", 443)]


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/hook", "http://hooks.example.org:443/", "https://hooks.example.org:22/hook"]
)
def test_nothing_is_sent_in_clear_or_to_another_port_where_everybody_may_listen(connected: Addresses, url: str) -> None:
    assert post(url) == Answer(status=None, error=FORBIDDEN)

    assert connected == []


@pytest.mark.usefixtures("silence")
def test_the_deadline_holds_for_the_resolver_too() -> None:
    """E4"""
    began = clock.monotonic()

    assert post("https://hooks.example.org/hook", 0.2) == Answer(status=None, error="timeout")

    assert clock.monotonic() - began < 5


def test_the_deadline_holds_for_a_host_that_takes_no_connection_too() -> None:
    """E4: one whose queue is full answers nobody, for minutes."""
    with ExitStack() as stack, socket.create_server((HOST, 0), backlog=0) as full:
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        client = stack.enter_context(closing(Client(networks("127.0.0.0/8"), 1)))
        began = clock.monotonic()

        told = client.post(f"http://{HOST}:{full.getsockname()[1]}/hook", b"{}", {}, 0.5)

    assert told == Answer(status=None, error="timeout")
    assert clock.monotonic() - began < 4
