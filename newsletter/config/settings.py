"""Every setting: where it comes from, its type, its unit, its reason. A bad set names every mistake at once.

Only this package reads the environment. docs/reference/settings.md is this table for people; a test compares them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import cast

from environs import Env, EnvValidationError
from flask import Flask, current_app

from newsletter.config.keys import SecretKey, secret_keys
from newsletter.config.limits import Limit
from newsletter.config.mail import Imap, Policy, Smtp, Socket, address_pattern, domains_file, imap, policy, smtp, socket
from newsletter.config.reading import Network, Reader, bearer, folder, level, networks, pairs, patterns
from newsletter.config.urls import database_url, public_url


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
        journal=read.optional("JOURNAL", folder, ""),
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
