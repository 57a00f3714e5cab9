"""How the settings for mail are spelt: where it leaves, where it comes back, and which addresses may ask for it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from newsletter.config.urls import is_host

SMTP_PORTS = {"none": 25, "starttls": 587, "implicit": 465}
SMTP_LIKE = "must be like smtp://user:password@host:587/?tls=starttls."
IMAP_LIKE = "must be like imap://user:password@host:993/INBOX?tls=implicit&handled=Handled."
IMAP_PORTS = {"none": 143, "starttls": 143, "implicit": 993}
INBOUND = re.compile(r"([A-Za-z0-9.!#$%&'+/=?^_`{|}~-]*)\*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LAST_PORT = 65535
LONGEST_PREFIX = 64 - 51  # octets of a local part that a signed word leaves


class Policy(StrEnum):
    """What is done about addresses of a doubtful kind: a suspected one's post counts double against its source."""

    TAKE = "take"
    SUSPECT = "suspect"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """Where letters go. `tls` is `none`, `starttls` or `implicit`."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: str


@dataclass(frozen=True, kw_only=True)
class Socket:
    """Where to listen: a host and port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Imap:
    """A mailbox that mail comes back to, and the folder that it is moved to once it is dealt with."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    folder: str
    handled: str


def smtp(raw: str) -> Smtp:
    """`smtp://user:password@host:port/?tls=starttls`."""
    parts, port, asked = split(raw, SMTP_LIKE)
    tls = asked.get("tls", "starttls")
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in ("", "/") or asked.keys() - {"tls"}:
        raise ValueError(SMTP_LIKE)
    if tls not in SMTP_PORTS:
        raise ValueError("must say tls=none, tls=starttls or tls=implicit.")
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    if bool(user) != bool(password):
        raise ValueError("names a user without a password, or a password without a user.")
    return Smtp(host=parts.hostname, port=port or SMTP_PORTS[tls], user=user, password=password, tls=tls)


def imap(raw: str) -> Imap | None:
    """`imap://user:password@host:993/INBOX?tls=implicit&handled=Handled`."""
    if not raw:
        return None
    parts, port, asked = split(raw, IMAP_LIKE)
    tls = asked.get("tls", "implicit")
    if parts.scheme != "imap" or not parts.hostname or asked.keys() - {"tls", "handled"} or tls not in IMAP_PORTS:
        raise ValueError(IMAP_LIKE)
    if not parts.username or not parts.password:
        raise ValueError("must name a user and a password.")
    folder, handled = unquote(parts.path.strip("/")) or "INBOX", unquote(asked.get("handled", "Handled"))
    if not handled or folder == handled or folder.upper() == handled.upper() == "INBOX":
        raise ValueError("must name another folder as handled=, or the same mails are read for ever.")
    return Imap(
        host=parts.hostname,
        port=port or IMAP_PORTS[tls],
        user=unquote(parts.username),
        password=unquote(parts.password),
        tls=tls,
        folder=folder,
        handled=handled,
    )


def split(raw: str, like: str) -> tuple[SplitResult, int | None, dict[str, str]]:
    """A URL's parts, port and options. What the library says of a wrong port may be half a password: not repeated."""
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError as error:
        raise ValueError(like) from error
    pairs = [pair.partition("=")[::2] for pair in parts.query.split("&") if pair]
    asked = dict(pairs)
    is_twice = len(asked) < len(pairs)  # of two answers to `tls`, nobody knows which was meant
    if port == 0 or parts.fragment or is_twice or not is_host(parts.hostname):
        raise ValueError(like)
    return parts, port, asked


def socket(raw: str) -> Socket:
    """`127.0.0.1:8024`, or `unix:/run/newsletter/lmtp.sock`."""
    if raw.startswith("unix:/"):
        return Socket(path=raw.removeprefix("unix:"))
    host, _, port = raw.rpartition(":")
    if not host or not is_host(host) or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise ValueError("must be like 127.0.0.1:8024 or unix:/run/newsletter/lmtp.sock.")
    return Socket(host=host.strip("[]"), port=int(port))


def address_pattern(raw: str) -> str | None:
    """`*@bounces.example.org`, or `newsletter+*@example.org`: what stands for the star is up to us."""
    found = INBOUND.fullmatch(raw)
    if raw and (found is None or len(found[1]) > LONGEST_PREFIX):
        raise ValueError(f"must be like *@bounces.example.org, with {LONGEST_PREFIX} characters before * at most.")
    return raw or None


def policy(raw: str) -> Policy:
    try:
        return Policy(raw)
    except ValueError as error:
        raise ValueError(f"must be one of {', '.join(Policy)}.") from error


def domains_file(raw: str) -> str | None:
    """A file of domains, one a line, which can be read."""
    try:
        if raw:
            Path(raw).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names a file that cannot be read: {raw}.") from error
    return raw or None
