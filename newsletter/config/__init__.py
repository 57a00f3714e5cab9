"""Settings, read once from the environment, typed, and checked at start."""

from newsletter.config.keys import SecretKey, secret_keys
from newsletter.config.limits import Limit, limits
from newsletter.config.mail import Imap, Policy, Smtp, Socket, imap, smtp
from newsletter.config.reading import Network, networks, patterns
from newsletter.config.settings import Settings, SettingsInvalid, current, load, of, unknown
from newsletter.config.urls import is_host, is_loopback, is_vouched_for, public_url

__all__ = [
    "Imap",
    "Limit",
    "Network",
    "Policy",
    "SecretKey",
    "Settings",
    "SettingsInvalid",
    "Smtp",
    "Socket",
    "current",
    "imap",
    "is_host",
    "is_loopback",
    "is_vouched_for",
    "limits",
    "load",
    "networks",
    "of",
    "patterns",
    "public_url",
    "secret_keys",
    "smtp",
    "unknown",
]
