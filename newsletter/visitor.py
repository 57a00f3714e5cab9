"""Who is asking: the client's address behind trusted proxies, the site a form stands on, the language.

The stored address, the one that limits count and the one in evidence all come from here (D3.3).
"""

import ipaddress
import re
import socket
import string
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, urlsplit

from flask import Request

from newsletter import catalog, config, languages, links, logs
from newsletter.catalog import Newsletter
from newsletter.config import Network
from newsletter.consent import Visit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDING = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")
PORT = re.compile(r"^(?:\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+)$")
NODE = re.compile(r"(?:^|;)\s*for\s*=\s*\"?(?P<node>[^\";]*)", re.IGNORECASE)
"""Who one hop says that it was asked by (RFC 7239 4); no such word holds a comma, whatever stands further left."""
LONGEST_SOURCE = 500  # characters that are kept
ADDRESS = re.compile(r"[^/](?:@|%40)[^/]")
UNIX_PEER = "127.0.0.1"
"""A peer on a Unix socket has no address; only processes of this machine reach it."""


def visit(request: Request) -> Visit:
    return Visit(ip=client_address(request))


def client_address(request: Request) -> str | None:
    """The client's address: the direct peer, or what trusted proxies say of it, counted from the right.

    Whatever a client writes into a forwarding header stands left of what the first trusted proxy adds, so it is
    never reached. From a peer that is not trusted such a header means nothing; it is counted, and warned of, by `ops`.
    """
    trusted = config.current().trusted_proxies
    peer = parse(request.environ.get("REMOTE_ADDR") or UNIX_PEER)
    if peer is None:
        return None
    if not is_trusted(peer, trusted):
        return str(peer)
    return str(walk(peer, hops(request), trusted))


def hops(request: Request) -> list[str]:
    """Who each proxy says that it was asked by, the nearest last; in `Forwarded` where no `X-Forwarded-For` is."""
    if told := request.headers.get("X-Forwarded-For"):
        return told.split(",")
    elements = request.headers.get("Forwarded", "").split(",")
    return [found["node"] if (found := NODE.search(element)) else "" for element in elements]


def walk(peer: IpAddress, told: list[str], trusted: tuple[Network, ...]) -> IpAddress:
    """From the nearest hop outwards, as far as each was reported by one that is trusted."""
    found = peer
    for hop in reversed(told):
        address = parse(hop.strip())
        if address is None:
            break
        found = address
        if not is_trusted(found, trusted):
            break
    return found


@lru_cache(maxsize=100)
def parse(raw: str) -> IpAddress | None:
    """An address as proxies write it: bare, with a port, in brackets; IPv4 within IPv6 as IPv4, zones cut off."""
    with_port = PORT.match(raw)
    bare = (with_port["v6"] or with_port["v4"]) if with_port else raw
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def ip_address(text: str) -> IpAddress:
    """As `ipaddress` reads it, which takes several times as long over the dots of IPv4. Raises ValueError."""
    try:
        return ipaddress.IPv4Address(socket.inet_pton(socket.AF_INET, text))
    except OSError:
        return ipaddress.ip_address(text)


def is_trusted(address: IpAddress, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)


def language(request: Request, newsletter: Newsletter, stated: object = None) -> str:
    """As the form has stated, or by the link, then by the reader's browser, then the newsletter's own."""
    if isinstance(stated, str) and stated in newsletter.languages:
        return stated
    asked = request.args.get("language", "")
    preferred = languages.negotiate(request.headers.get("Accept-Language", ""), newsletter.languages)
    return asked if asked in newsletter.languages else preferred or newsletter.languages[0]


def foreign_origin(request: Request, newsletter: Newsletter) -> bool:
    """Whether a browser names a site that may not post here. `null` or nothing names none (PRODUCT 7)."""
    named = request.headers.get("Origin", "")
    return named not in ("", "null") and not is_allowed(named, newsletter)


def is_allowed(url: str, newsletter: Newsletter) -> bool:
    return newsletter.allows(url) or catalog.origin_of(url) == catalog.origin_of(links.base_url())


def source(request: Request, newsletter: Newsletter, stated: object) -> str | None:
    """The form's page as scheme, host and path, if it stands on an allowed origin; nothing else is kept of it."""
    return next((place_of(url) for url in named(request, stated) if url and is_allowed(url, newsletter)), None)


def named(request: Request, stated: object) -> Iterator[str]:
    """The form's page, in what tells it best first."""
    if isinstance(stated, str):
        yield stated if stated.isascii() else as_browsers_spell(stated)
    yield request.headers.get("Referer", "")
    yield request.headers.get("Origin", "")


def as_browsers_spell(url: str) -> str:
    """The author of a page writes its letters as they are."""
    return quote(url, safe=string.printable, errors="replace")


@lru_cache(maxsize=100)
def place_of(url: str) -> str:
    """Scheme, host and path, in one spelling: without a query, a fragment or a user's name.

    A path in which somebody's address or a link of ours stands is not kept: counts by page outlive the signup (A4.4).
    """
    path = urlsplit(url).path
    names_somebody = ADDRESS.search(path) or logs.SECRET.search(path)
    return f"{catalog.origin_of(url)}{'' if names_somebody else path}"[:LONGEST_SOURCE]
