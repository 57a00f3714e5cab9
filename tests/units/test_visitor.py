"""Who is asking: only what a trusted proxy says is believed, counted from the right (D3.3)."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from newsletter import config, visitor
from newsletter.app import create_app
from newsletter.consent import Visit
from tests.conftest import settings_for

PROXY, OUTER, CLIENT = "10.0.0.1", "172.16.0.9", "203.0.113.7"
V6 = "2001:db8:1:2::7"
Seen = Callable[..., str | None]


@pytest.fixture
def seen() -> Seen:
    """What the service takes for the client's address, given the peer, headers, and trusted proxies."""

    def look(peer: str, headers: Mapping[str, str] | list[tuple[str, str]] = {}, trusted: str = "") -> str | None:  # noqa: B006
        settings = replace(settings_for("sqlite://"), trusted_proxies=config.networks(trusted))
        app: Flask = create_app(settings)
        with app.test_request_context(environ_overrides={"REMOTE_ADDR": peer}, headers=headers):
            return visitor.client_address(request)

    return look


def forwarded(*hops: str) -> dict[str, str]:
    return {"X-Forwarded-For": ", ".join(hops)}


# No proxy


@pytest.mark.parametrize("peer", [CLIENT, V6, "127.0.0.1", "::1"])
def test_without_trusted_proxies_the_peer_is_the_client(seen: Seen, peer: str) -> None:
    assert seen(peer) == peer


@pytest.mark.parametrize(
    "headers",
    [
        forwarded("1.2.3.4"),
        {"Forwarded": "for=1.2.3.4"},
        {"X-Real-Ip": "1.2.3.4"},
        {"X-Client-Ip": "1.2.3.4", "True-Client-Ip": "1.2.3.4", "Cf-Connecting-Ip": "1.2.3.4"},
    ],
)
def test_what_an_untrusted_peer_says_is_ignored(seen: Seen, headers: dict[str, str]) -> None:
    assert seen(CLIENT, headers) == CLIENT
    assert seen(CLIENT, headers, "10.0.0.0/8") == CLIENT


# Proxies


@pytest.mark.parametrize("client", [CLIENT, V6])
def test_one_trusted_proxy_tells_the_client(seen: Seen, client: str) -> None:
    assert seen(PROXY, forwarded(client), PROXY) == client


@pytest.mark.parametrize(
    ("said", "client"),
    [
        (f"for={CLIENT}", CLIENT),
        (f'for="[{V6}]:4711"', V6),
        (f'proto=https; FOR = "{CLIENT}:80" ;by=_proxy', CLIENT),
        (f"for={CLIENT}, for={OUTER};proto=http", CLIENT),
        (f'for=1.2.3.4, For="[{V6}]"', V6),
        (f'for="x, for={CLIENT}', CLIENT),
        (f'for="\\, for="[{V6}]"', V6),
        ("for=unknown", PROXY),
        ("for=_hidden, for=secret", PROXY),
        ("by=1.2.3.4", PROXY),
        (f"for=1.2.3.4, by={OUTER}", PROXY),
        ("", PROXY),
    ],
)
def test_a_proxy_may_say_it_in_the_standard_header(seen: Seen, said: str, client: str) -> None:
    """RFC 7239. What a client wrote stands further left, whatever quotes it opened."""
    assert seen(PROXY, {"Forwarded": said}, f"{PROXY},{OUTER}") == client
    assert seen(PROXY, {"Forwarded": said, **forwarded(CLIENT)}, f"{PROXY},{OUTER}") == CLIENT


@pytest.mark.parametrize("trusted", [f"{PROXY},{OUTER}", "10.0.0.0/8, 172.16.0.0/12", "0.0.0.0/0"])
def test_two_trusted_proxies_tell_the_client(seen: Seen, trusted: str) -> None:
    assert seen(PROXY, forwarded(CLIENT, OUTER), trusted) == CLIENT


@pytest.mark.parametrize("trusted", [f"::ffff:{PROXY}", "::ffff:10.0.0.0/104"])
@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}"])
def test_a_proxy_may_be_named_as_sockets_for_both_kinds_of_address_show_it(seen: Seen, peer: str, trusted: str) -> None:
    assert seen(peer, forwarded(CLIENT), trusted) == CLIENT


def test_a_second_proxy_that_is_not_trusted_is_taken_for_the_client(seen: Seen) -> None:
    assert seen(PROXY, forwarded(CLIENT, OUTER), PROXY) == OUTER


@pytest.mark.parametrize("forged", [["1.2.3.4"], ["127.0.0.1"], [PROXY], [OUTER, PROXY], ["garbage"], ["", ""]])
def test_what_the_client_wrote_itself_is_never_reached(seen: Seen, forged: list[str]) -> None:
    assert seen(PROXY, forwarded(*forged, CLIENT), PROXY) == CLIENT
    assert seen(PROXY, forwarded(*forged, CLIENT, OUTER), f"{PROXY},{OUTER}") == CLIENT


def test_several_headers_are_read_as_one(seen: Seen) -> None:
    headers = [("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", f"{CLIENT}, {OUTER}")]

    assert seen(PROXY, headers, f"{PROXY},{OUTER}") == CLIENT


def test_a_trusted_proxy_that_says_nothing_is_the_client_itself(seen: Seen) -> None:
    assert seen(PROXY, {}, PROXY) == PROXY
    assert seen(PROXY, forwarded(""), PROXY) == PROXY
    assert seen(PROXY, {"X-Real-Ip": "1.2.3.4"}, PROXY) == PROXY


def test_where_all_hops_are_trusted_the_outermost_is_the_client(seen: Seen) -> None:
    assert seen(PROXY, forwarded("10.0.0.7", "10.0.0.8"), "10.0.0.0/8") == "10.0.0.7"


# Spellings


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"{CLIENT}:51234", CLIENT),
        (f"[{V6}]:51234", V6),
        (f"[{V6}]", V6),
        (V6.upper(), V6),
        ("2001:0db8:0001:0002:0000:0000:0000:0007", V6),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"[::ffff:{CLIENT}]:80", CLIENT),
        ("fe80::1%eth0", "fe80::1"),
        (f"  {CLIENT}  ", CLIENT),
        (f"{CLIENT}\t", CLIENT),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(seen: Seen, written: str, read: str) -> None:
    assert seen(PROXY, forwarded(written), PROXY) == read


@pytest.mark.parametrize(
    "garbage",
    [
        "unknown",
        "_hidden",
        "999.1.1.1",
        "1.2.3",
        "01.2.3.4",
        "1.2.3.4.5",
        "[::1",
        "::1]",
        "a" * 5000,
        "\xb9.2.3.4",
        "-",
        "1.2.3.4/8",
    ],
)
def test_garbage_from_a_trusted_proxy_is_no_address(seen: Seen, garbage: str) -> None:
    assert seen(PROXY, forwarded(garbage), PROXY) == PROXY
    assert seen(PROXY, forwarded("1.2.3.4", garbage, OUTER), f"{PROXY},{OUTER}") == OUTER


def test_an_ipv4_proxy_that_arrives_as_ipv6_is_trusted_too(seen: Seen) -> None:
    assert seen(f"::ffff:{PROXY}", forwarded(CLIENT), PROXY) == CLIENT
    assert seen(f"::ffff:{CLIENT}") == CLIENT


def test_an_ipv6_proxy_tells_an_ipv4_client(seen: Seen) -> None:
    assert seen("2001:db8::1", forwarded(CLIENT), "2001:db8::/32") == CLIENT


def test_a_peer_on_a_unix_socket_is_this_machine(seen: Seen) -> None:
    assert seen("") == "127.0.0.1"
    assert seen("", forwarded(CLIENT), "127.0.0.1") == CLIENT


def test_a_peer_that_is_no_address_is_nobody(seen: Seen) -> None:
    assert seen("nonsense", forwarded(CLIENT)) is None


def test_very_many_hops_are_read_all_the_same(seen: Seen) -> None:
    assert seen(PROXY, forwarded(*["1.2.3.4"] * 5000, CLIENT), PROXY) == CLIENT


@given(st.one_of(st.ip_addresses().map(str), st.from_regex(r"[0-9a-f.: ]{0,16}", fullmatch=True)))
def test_an_address_is_read_as_the_library_reads_it(text: str) -> None:
    assert read(visitor.ip_address, text) == read(ipaddress.ip_address, text)


def read(reader: Callable[[str], visitor.IpAddress], text: str) -> visitor.IpAddress | None:
    try:
        return reader(text)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("ip", "network"), [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48"), (None, None)]
)
def test_what_is_left_of_an_address_names_no_household(ip: str | None, network: str | None) -> None:
    """A2.12: the first three numbers of IPv4, the first three groups of IPv6."""
    assert Visit(ip=ip).values == {"ip": ip, "ip_network": network}


# The form's page


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("HTTPS://Ada:x@www.Example.org:443/da/nyt.html?utm=1#form", "https://www.example.org/da/nyt.html"),
        ("https://www.example.org/me/@nyt", "https://www.example.org/me/@nyt"),
        ("https://www.example.org", "https://www.example.org"),
        ("https://www.example.org/for/ada@example.org", "https://www.example.org"),
        ("https://www.example.org/for/ada%40example.org/", "https://www.example.org"),
        (f"https://news.example.org/unsubscribe/346dc406h22nrmt00louigdebddjao.{'C' * 43}", "https://news.example.org"),
    ],
)
def test_of_a_form_s_page_nothing_is_kept_that_names_a_person(url: str, kept: str) -> None:
    assert visitor.place_of(url) == kept
