"""Where requests of ours may go: public addresses by https, and what the operator's own networks hold (D4.5).

A name proves nothing: whoever owns it can let it lead anywhere, and elsewhere a moment later. So what is judged is
every address that it has, at the moment of connecting, and the connection goes to one that was judged.
"""

import socket
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import BoundedSemaphore, Thread
from urllib.parse import SplitResult, urlsplit

from newsletter.config import Network, is_host
from newsletter.errors import TargetForbidden

PORTS = {"http": 80, "https": 443}
PUBLIC_PORTS = {443, 8443}
"""Elsewhere than in the operator's own networks nothing but a web server is spoken to."""
LONGEST = 2000  # characters
PATIENCE = 2.0  # seconds that a request to us waits for the resolver
LOOKS, TURN = BoundedSemaphore(2), 0.1
"""How many of a process's few threads do so at once, and seconds that another waits for its turn."""
NAT64 = IPv6Network("64:ff9b::/96")
NOT_PUBLIC = tuple(
    ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10")
)
"""What IANA's registries of special addresses hold, and some versions of Python's list of them do not."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, kw_only=True)
class Place:
    """A host and port, and whether it is spoken to in clear."""

    host: str
    port: int
    is_clear: bool


def check(url: str, private: Sequence[Network]) -> None:
    """Raises TargetForbidden, with a sentence. A name that has no address yet is judged when it has one."""
    place = parse(url)
    found = looked_up(place)
    if found:
        judged(place, found, private)
    else:
        refuse_unusual(place)


def parse(url: str) -> Place:
    """The place that a URL names. Raises TargetForbidden for what is no plain URL of a web server."""
    parts = split(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in PORTS or not host or not host.isascii() or not is_host(host) or "%" in host:
        raise TargetForbidden("It has to be like https://tool.example.org/hook.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetForbidden("It must hold no user, no password and no fragment.")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Place(host=host, port=port, is_clear=parts.scheme == "http")


def split(url: str) -> SplitResult:
    if len(url) > LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise TargetForbidden("It is too long, or holds characters that no URL has.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is read only when asked for, and then refused
    except ValueError as error:
        raise TargetForbidden("It has to be like https://tool.example.org/hook.") from error
    return parts


def looked_up(place: Place) -> list[Address]:
    """What the resolver tells soon, and while not too many others wait for it; none otherwise."""
    if not LOOKS.acquire(timeout=TURN):
        return []
    try:
        return resolve(place, PATIENCE)
    except OSError:
        return []
    finally:
        LOOKS.release()


def addresses(place: Place, private: Sequence[Network], seconds: float) -> list[Address]:
    """The addresses that may be connected to, in the resolver's order. Raises TargetForbidden, or OSError."""
    return judged(place, resolve(place, seconds), private)


def resolve(place: Place, seconds: float) -> list[Address]:
    """Raises OSError; after so many seconds TimeoutError, which is one. The resolver itself knows no deadline."""
    found: Future[list[Address]] = Future()
    Thread(target=ask, args=(place, found), daemon=True).start()
    return found.result(seconds)


def ask(place: Place, found: Future[list[Address]]) -> None:
    try:
        entries = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in entries)))
    except OSError as error:
        found.set_exception(error)


def judged(place: Place, found: Sequence[Address], private: Sequence[Network]) -> list[Address]:
    """What lies in a network that the operator named, if anything does; otherwise all, which then has to be public."""
    own = [address for address in found if lies_in(address, private)]
    if own:
        return own
    if not all(is_public(address) for address in found):
        raise TargetForbidden("It leads to an address that is not public. NEWSLETTER_PRIVATE_TARGETS may allow it.")
    refuse_unusual(place)
    return list(found)


def refuse_unusual(place: Place) -> None:
    """Outside the operator's own networks."""
    if place.is_clear:
        raise TargetForbidden("It has to begin with https://.")
    if place.port not in PUBLIC_PORTS:
        raise TargetForbidden("Its port has to be 443 or 8443.")


def lies_in(address: Address, networks: Sequence[Network]) -> bool:
    plain = unwrapped(address)
    return any(plain in network for network in networks)


def is_public(address: Address) -> bool:
    """No loopback, private, link-local, shared (RFC 6598), metadata, reserved or multicast address, however wrapped."""
    plain = unwrapped(address)
    odd = plain.is_multicast or plain.is_reserved or plain.is_unspecified or lies_in(plain, NOT_PUBLIC)
    return plain.is_global and not odd


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64 (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
