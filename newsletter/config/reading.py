"""How one variable after another is read, and how plain values and lists of them are spelt."""

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from environs import Env, EnvError

from newsletter.config.limits import Limit, limits

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")


class Reader:
    """Reads one variable after another and lets `env` collect what is wrong with each."""

    def __init__(self, env: Env) -> None:
        self.env = env

    def required(self, name: str, parse: Callable[[str], T]) -> T:
        return self.value(name, not_empty(parse))

    def optional(self, name: str, parse: Callable[[str], T], default: str) -> T:
        return self.value(name, lambda raw: parse(raw or default), default)

    def limits(self, name: str, default: str) -> tuple[Limit, ...]:
        """An empty value means that there is no limit, not that the default holds (PRODUCT 5.3)."""
        return self.value(name, limits, default)

    def value(self, name: str, parse: Callable[[str], T], *default: str) -> T:
        method = f"read_{name.lower()}"
        self.env.add_parser(method, lambda raw: parsed(parse, raw.strip()))
        read: Any = getattr(self.env, method)
        return cast(T, read(name, *default))


def parsed(parse: Callable[[str], T], raw: str) -> T:
    """Parse a value; what is wrong with it is raised as the error that `env` collects."""
    try:
        return parse(raw)
    except ValueError as error:
        raise EnvError(str(error)) from error


def not_empty(parse: Callable[[str], T]) -> Callable[[str], T]:
    def parse_something(raw: str) -> T:
        if not raw:
            raise ValueError("is empty.")
        return parse(raw)

    return parse_something


def patterns(raw: str) -> tuple[str, ...]:
    found = tuple(part.strip().lower() for part in raw.split(",") if part.strip())
    if raw and not found:
        raise ValueError("names nobody; empty it to mail everybody.")
    return found


def networks(raw: str) -> tuple[Network, ...]:
    return tuple(network(part.strip()) for part in raw.split(",") if part.strip())


def network(raw: str) -> Network:
    """One of IPv4 that is spelt like IPv6, as sockets for both show it, is what peers are compared with: IPv4."""
    found = ipaddress.ip_network(raw, strict=False)
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    return ipaddress.ip_network((mapped, found.prefixlen - 96)) if mapped else found


def pairs(raw: str) -> tuple[tuple[str, str], ...]:
    """`name=secret`, divided by blanks; a secret may hold anything but a blank."""
    found = tuple((name, secret) for name, _, secret in (part.partition("=") for part in raw.split()))
    if not all(name and secret for name, secret in found) or len(dict(found)) != len(found):
        raise ValueError("must be like listmonk=token mailman=password, each name once.")
    return found


def bearer(raw: str) -> str:
    if not re.fullmatch("[!-~]*", raw):
        raise ValueError("must be of visible ASCII characters: nobody could send another one.")
    return raw


def folder(raw: str) -> str | None:
    """A folder. Whether it is there yet is for whoever writes into it: its storage may come later, or be ill."""
    with suppress(OSError):
        if Path(raw).is_file():
            raise ValueError(f"must be a folder, and {raw} is a file.")
    return raw or None


def level(raw: str) -> str:
    if raw.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR.")
    return raw.upper()
