"""How the database and the public address are spelt."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DATABASE_LIKE = "must be like postgresql://user:password@host:5432/newsletter, with %40 for an @ in the password."
BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")


def database_url(raw: str) -> str:
    if not raw.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with postgresql:// or sqlite://.")
    try:
        url = make_url(raw)
    except (ArgumentError, ValueError) as error:
        raise ValueError(DATABASE_LIKE) from error
    if not all(is_host(host) for host in hosts(url) if not host.startswith("/")):
        raise ValueError(DATABASE_LIKE)
    return in_file(url) if raw.startswith("sqlite") else raw.replace("postgresql://", "postgresql+psycopg://", 1)


def is_vouched_for(raw: str) -> bool:
    """Whether the database is on this machine, or has to show a certificate for its own name (D4.9)."""
    url = make_url(raw)
    is_here = all(not host or host.startswith("/") or is_loopback(host) for host in hosts(url))
    return is_here or url.query.get("sslmode") == "verify-full"


def hosts(url: URL) -> list[str]:
    """Names and addresses, folders of sockets, and nothing where it is this machine's own socket."""
    named = url.query.get("host", ())
    listed = [named] if isinstance(named, str) else named
    return [url.host or "", *(host.partition(":")[0] if host.count(":") == 1 else host for host in listed)]


def in_file(url: URL) -> str:
    """A path is from where the process was started: Flask-SQLAlchemy would make a folder in the checkout for it."""
    if url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, like sqlite:////var/lib/newsletter/newsletter.db.")
    path = str(url.database)
    named = url if path.startswith("file:") else url.set(database=str(Path.cwd() / path))
    return named.render_as_string(hide_password=False)


def public_url(raw: str) -> str:
    """The base of every link: from here and never from a Host header (B1.5)."""
    parts = urlsplit(raw)
    if not BASE.fullmatch(raw) or not parts.hostname or parts.port == 0:
        raise ValueError("must be like https://news.example.org.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// unless its host is loopback.")
    return raw.rstrip("/")


def is_host(name: str | None) -> bool:
    """Whether it can be looked up: over a name with an empty or overlong part Python fails in a way of its own.

    One with an @ has the rest of a password before it, which whoever fails to find that host would show.
    """
    try:
        (name or "").encode("idna")
    except UnicodeError:
        return False
    return "@" not in (name or "")


def is_loopback(host: str | None) -> bool:
    """Whether what is sent there stays on this machine."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
