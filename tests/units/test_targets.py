"""Where requests of ours may go (D4.5)."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Event

import pytest

from newsletter import clock, config, targets
from newsletter.config import Network
from newsletter.errors import TargetForbidden
from newsletter.targets import Place
from tests.servers import wait_until

NOWHERE: tuple[Network, ...] = ()
OWN = config.networks("10.20.0.0/16,fd00:20::/32,127.0.0.0/8")
PUBLIC = "93.184.215.14"

HOSTILE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # the cloud's metadata
    "100.64.0.1",  # RFC 6598
    "192.0.0.8",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",  # the cloud's metadata, again
    "ff02::1",
    "100::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_is_not_public_is_not_spoken_to(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert not targets.is_public(ip_address(address))
    for url in (f"https://{host}/hook", f"http://{host}/hook", f"https://{host}:8443/"):
        with pytest.raises(TargetForbidden):
            targets.check(url, NOWHERE)


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "LOCALHOST", "localhost."]
)
def test_no_spelling_of_this_machine_is_let_through(host: str) -> None:
    with pytest.raises(TargetForbidden):
        targets.check(f"https://{host}/hook", NOWHERE)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_a_public_address_is_spoken_to_by_https(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    targets.check(f"https://{host}/hook?token=x", NOWHERE)
    targets.check(f"https://{host}:8443/hook", NOWHERE)
    with pytest.raises(TargetForbidden, match="https"):
        targets.check(f"http://{host}/hook", NOWHERE)


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 5432, 8080, 65535])
def test_no_other_port_of_a_public_address_is_spoken_to(port: int) -> None:
    with pytest.raises(TargetForbidden, match="port"):
        targets.check(f"https://{PUBLIC}:{port}/hook", NOWHERE)


@pytest.mark.parametrize(
    "url",
    ["http://10.20.1.2/hook", "http://10.20.1.2:9000/hook", "https://[fd00:20::1]:444/", "http://[::ffff:10.20.0.9]/"],
)
def test_in_a_network_that_the_operator_named_http_and_any_port_will_do(url: str) -> None:
    targets.check(url, OWN)


@pytest.mark.parametrize(
    "url", ["http://10.21.0.1/hook", "https://192.168.1.1/", "http://[fd00:21::1]/", "https://169.254.169.254/"]
)
def test_naming_one_network_opens_no_other(url: str) -> None:
    with pytest.raises(TargetForbidden):
        targets.check(url, OWN)


def test_one_private_address_among_public_ones_spoils_a_name() -> None:
    place = Place(host="rebind.example.org", port=443, is_clear=False)

    with pytest.raises(TargetForbidden):
        targets.judged(place, [ip_address(PUBLIC), ip_address("127.0.0.1")], NOWHERE)


def test_of_a_name_with_an_address_in_the_operators_network_only_that_one_is_connected_to() -> None:
    place = Place(host="tool.example.org", port=80, is_clear=True)

    found = targets.judged(place, [ip_address(PUBLIC), ip_address("10.20.0.1"), ip_address("::1")], OWN)

    assert found == [ip_address("10.20.0.1")]


def test_a_name_that_has_no_address_yet_may_be_named_but_not_in_clear_or_with_any_port() -> None:
    targets.check("https://no-such-host.invalid/hook", NOWHERE)

    for url in ("http://no-such-host.invalid/hook", "https://no-such-host.invalid:22/hook"):
        with pytest.raises(TargetForbidden):
            targets.check(url, OWN)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """A resolver that says nothing until this is set."""
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait() and [])
    yield over
    over.set()


@pytest.mark.usefixtures("silence")
def test_a_name_that_nobody_tells_the_address_of_in_time_is_judged_when_it_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(targets, "PATIENCE", 0.1)

    targets.check("https://slow.example.org/hook", NOWHERE)
    with pytest.raises(TargetForbidden, match="https"):
        targets.check("http://slow.example.org/hook", NOWHERE)


def test_two_of_a_process_wait_for_the_resolver_at_once_and_nobody_else(silence: Event) -> None:
    """Or whoever makes many webhooks at once would leave no thread for those who sign up."""
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(targets.check, f"https://slow{n}.example.org/", NOWHERE) for n in range(2)]
        wait_until(lambda: not targets.LOOKS._value, "two to wait")  # type: ignore[attr-defined]
        began = clock.monotonic()
        targets.check("https://slow.example.org/hook", NOWHERE)

        assert clock.monotonic() - began < targets.PATIENCE / 2
        assert not any(one.done() for one in waiting)
        silence.set()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "ftp://tool.example.org/",
        "file:///etc/passwd",
        "gopher://tool.example.org/",
        "javascript:alert(1)",
        "//tool.example.org/hook",
        "https://",
        "https:///hook",
        "https://./hook",
        "https://[fe80::1%25eth0]/hook",
        "https://user:password@tool.example.org/",
        "https://user@tool.example.org/",
        "https://tool.example.org/#part",
        "https://tool.example.org:99999/",
        "https://tool.example.org:port/",
        "https://[::1/",
        "https://tool..example.org/hook",
        f"https://{64 * 'a'}.example.org/hook",
        "https://tool.example.org/\r\nHost: other",
        "https://tool.example.org/a b",
        "https://tool.example.org\\@127.0.0.1/",
        "https://tööl.example.org/",
        "https://tool.example.org/" + "x" * 2000,
        "https://tool.example.org/\x00",
    ],
)
def test_what_is_no_plain_url_of_a_web_server_is_refused(url: str) -> None:
    with pytest.raises(TargetForbidden):
        targets.check(url, OWN)
