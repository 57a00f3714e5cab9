"""Every setting: where it comes from, its type, its unit, its reason. A bad set names every mistake at once.

Only this module reads the environment. docs/reference/settings.md is this table for people; a test compares them.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from environs import Env, EnvError, EnvValidationError
from flask import Flask, current_app
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from newsletter.key_settings import SecretKey as SecretKey
from newsletter.key_settings import secret_keys as secret_keys
from newsletter.limit_settings import Limit as Limit
from newsletter.limit_settings import limits as limits
from newsletter.mail_settings import (
    Imap,
    Policy,
    Smtp,
    Socket,
    address_pattern,
    domains_file,
    imap,
    policy,
    smtp,
    socket,
)

BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")


class SettingsInvalid(Exception):
    """The settings are not usable. Its text names every mistake, one a line."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(["The service does not start:", *(f"  {mistake}" for mistake in mistakes)]))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The service's settings, each from the variable of the same name with `NEWSLETTER_` before it."""

    database_url: str
    secret_keys: tuple[SecretKey, ...]
    public_url: str
    catalog: str
    smtp_url: Smtp
    only_recipients: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    limit_source: tuple[Limit, ...] = ()
    limit_address: tuple[Limit, ...] = ()
    limit_domain: tuple[Limit, ...] = ()
    limit_newsletter: tuple[Limit, ...] = ()
    limit_global: tuple[Limit, ...] = ()
    role_addresses: Policy = Policy.REFUSE
    disposable_addresses: Policy = Policy.SUSPECT
    disposable_domains: str | None = None
    private_targets: tuple[Network, ...] = ()
    connectors: str | None = None
    connector_secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    inbound_address: str | None = None
    inbound_lmtp: Socket = Socket(host="127.0.0.1", port=8024)
    inbound_imap: Imap | None = None
    metrics_token: str | None = None
    journal: str | None = None
    log_level: str = "INFO"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def load() -> Settings:
    """The settings in the environment; raises `SettingsInvalid` with every mistake, not only the first."""
    env = Env(eager=False, prefix="NEWSLETTER_")
    read = Reader(env)
    settings = Settings(
        database_url=read.required("DATABASE_URL", database_url),
        secret_keys=read.required("SECRET_KEYS", secret_keys),
        public_url=read.required("PUBLIC_URL", public_url),
        catalog=read.required("CATALOG", str),
        smtp_url=read.required("SMTP_URL", smtp),
        only_recipients=read.optional("ONLY_RECIPIENTS", patterns, ""),
        trusted_proxies=read.optional("TRUSTED_PROXIES", networks, ""),
        limit_source=read.limits("LIMIT_SOURCE", "20/hour"),
        limit_address=read.limits("LIMIT_ADDRESS", "1/10minutes;3/30days"),
        limit_domain=read.limits("LIMIT_DOMAIN", ""),
        limit_newsletter=read.limits("LIMIT_NEWSLETTER", ""),
        limit_global=read.limits("LIMIT_GLOBAL", ""),
        role_addresses=read.optional("ROLE_ADDRESSES", policy, "refuse"),
        disposable_addresses=read.optional("DISPOSABLE_ADDRESSES", policy, "suspect"),
        disposable_domains=read.optional("DISPOSABLE_DOMAINS", domains_file, ""),
        private_targets=read.optional("PRIVATE_TARGETS", networks, ""),
        connectors=read.optional("CONNECTORS", str, "") or None,
        connector_secrets=read.optional("CONNECTOR_SECRETS", pairs, ""),
        inbound_address=read.optional("INBOUND_ADDRESS", address_pattern, ""),
        inbound_lmtp=read.optional("INBOUND_LMTP", socket, "127.0.0.1:8024"),
        inbound_imap=read.optional("INBOUND_IMAP", imap, ""),
        metrics_token=read.optional("METRICS_TOKEN", bearer, "") or None,
        journal=read.optional("JOURNAL", str, "") or None,
        log_level=read.optional("LOG_LEVEL", level, "INFO"),
    )
    try:
        env.seal()
    except EnvValidationError as error:
        raise SettingsInvalid(mistakes(error)) from error
    return settings


def of(app: Flask) -> Settings:
    """The settings that this app was made with."""
    settings: Settings = app.config["SETTINGS"]
    return settings


def current() -> Settings:
    """The settings of the app that is at work."""
    return of(current_app)


def unknown() -> list[str]:
    """Variables that have our prefix and are no settings: misspelt, or set by the platform. We start all the same."""
    known = {f"NEWSLETTER_{each.name.upper()}" for each in fields(Settings)}
    return sorted(name for name in os.environ if name.startswith("NEWSLETTER_") and name not in known)


def mistakes(error: EnvValidationError) -> list[str]:
    found = cast(Mapping[str, list[str]], error.error_messages)
    return [f"{name}: {' '.join(messages)}" for name, messages in sorted(found.items())]


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
        self.env.add_parser(method, lambda raw: told(parse, raw.strip()))
        read: Any = getattr(self.env, method)
        return cast(T, read(name, *default))


def told(parse: Callable[[str], T], raw: str) -> T:
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


def database_url(raw: str) -> str:
    if not raw.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with postgresql:// or sqlite://.")
    try:
        url = make_url(raw)
    except (ArgumentError, ValueError) as error:
        raise ValueError("must be like postgresql://user:password@host:5432/newsletter.") from error
    return in_file(url) if raw.startswith("sqlite") else raw.replace("postgresql://", "postgresql+psycopg://", 1)


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


def is_loopback(host: str | None) -> bool:
    """Whether what is sent there stays on this machine."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def patterns(raw: str) -> tuple[str, ...]:
    found = tuple(part.strip().lower() for part in raw.split(",") if part.strip())
    if raw and not found:
        raise ValueError("names nobody; empty it to mail everybody.")
    return found


def networks(raw: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip())


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


def level(raw: str) -> str:
    if raw.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR.")
    return raw.upper()
