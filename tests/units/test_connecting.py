"""Requests of ours go to the address that was judged, whatever its name leads to by then (D4.5)."""

import socket
from typing import Any

import pytest

from newsletter.outgoing import FORBIDDEN, Answer, Client

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


def post(url: str) -> Answer:
    client = Client((), 1)
    answer = client.post(url, b"{}", {}, 5)
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
