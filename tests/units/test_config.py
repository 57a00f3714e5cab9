"""Settings: typed, checked, and refused as a whole with every mistake named at once (PRODUCT 5.3, 7)."""

import ipaddress
import os
from dataclasses import fields, replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from newsletter import config
from newsletter.app import create_app
from newsletter.config import Limit, SecretKey, SettingsInvalid, Smtp

KEY = "k" * 32
GOOD = {
    "DATABASE_URL": "postgresql://ada:secret@db.example.org/newsletter",
    "SECRET_KEYS": KEY,
    "PUBLIC_URL": "https://news.example.org",
    "CATALOG": "catalog.toml",
    "SMTP_URL": "smtp://relay.example.org",
}
SECRETS = ("k" * 31, "hunter2", "s3cr3t")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSLETTER_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)


def mistakes(monkeypatch: pytest.MonkeyPatch, **values: str | None) -> list[str]:
    for name, value in values.items():
        if value is None:
            monkeypatch.delenv(f"NEWSLETTER_{name}")
        else:
            monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    with pytest.raises(SettingsInvalid) as refused:
        config.load()
    return refused.value.mistakes


def test_five_settings_are_enough() -> None:
    settings = config.load()

    assert settings.database_url == "postgresql+psycopg://ada:secret@db.example.org/newsletter"
    assert settings.secret_keys == (SecretKey(secret=KEY),)
    assert settings.smtp_url == Smtp(host="relay.example.org", port=587, user=None, password=None, tls="starttls")
    assert settings.limit_source == (Limit(most=20, seconds=3600),)
    assert settings.limit_address == (Limit(most=1, seconds=600), Limit(most=3, seconds=30 * 86400))
    assert settings.limit_domain == settings.limit_newsletter == settings.limit_global == ()
    assert settings.trusted_proxies == settings.only_recipients == ()
    assert settings.metrics_token is None


def test_a_file_is_looked_for_where_the_process_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else it would be made in the checkout, and all services that run from it would meet there (PRODUCT 5.3)."""
    monkeypatch.chdir(tmp_path)

    def read(file: str) -> str | None:
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", f"sqlite:///{file}")
        return make_url(config.load().database_url).database

    assert read("news letter.db?timeout=5") == f"{tmp_path}/news letter.db"
    assert read("/var/100%25.db") == "/var/100%.db"
    assert read("file:news.db?uri=true") == "file:news.db"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_every_missing_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    found = mistakes(monkeypatch, **dict.fromkeys(GOOD, value))

    assert [mistake.partition(":")[0] for mistake in found] == sorted(f"NEWSLETTER_{name}" for name in GOOD)


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """D1.6, G4: a key that is too short among them, and none of the secrets is repeated."""
    wrong = {
        "DATABASE_URL": "mysql://ada:hunter2@db",
        "SECRET_KEYS": "k" * 31,
        "PUBLIC_URL": "http://news.example.org",
        "SMTP_URL": "smtp://ada:s3cr3t@relay/?tls=maybe",
        "TRUSTED_PROXIES": "10.0.0.0/8, nonsense",
        "LIMIT_SOURCE": "20 an hour",
        "LIMIT_ADDRESS": "0/hour",
        "LIMIT_DOMAIN": "1/fortnight",
        "LIMIT_NEWSLETTER": "-1/hour",
        "LIMIT_GLOBAL": "x",
        "LOG_LEVEL": "LOUD",
    }

    found = mistakes(monkeypatch, **wrong)

    assert [mistake.partition(":")[0] for mistake in found] == sorted(f"NEWSLETTER_{name}" for name in wrong)
    assert not [secret for secret in SECRETS if secret in "\n".join(found)]


def test_the_service_does_not_start_half_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEWSLETTER_SECRET_KEYS")

    with pytest.raises(SettingsInvalid, match="NEWSLETTER_SECRET_KEYS"):
        create_app()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "newsletter.db"),
        ("DATABASE_URL", "postgres://db"),
        ("DATABASE_URL", "postgresql://db:secret/newsletter"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SECRET_KEYS", f"{KEY},short"),
        ("SECRET_KEYS", f"reduce:{KEY}"),
        ("SECRET_KEYS", f"{KEY},{KEY}"),
        ("SECRET_KEYS", f"{KEY},reduce:{KEY}"),
        ("SECRET_KEYS", f"{KEY},"),
        ("SECRET_KEYS", f"{'x' * 40},reduce:{'y' * 31}"),
        ("PUBLIC_URL", "news.example.org"),
        ("PUBLIC_URL", "ftp://news.example.org"),
        ("PUBLIC_URL", "http://news.example.org"),
        ("PUBLIC_URL", "http://localhost.evil.example"),
        ("PUBLIC_URL", "https://news.example.org/?x=1"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://news.example.org:port"),
        ("PUBLIC_URL", "https://ada:secret@news.example.org"),
        ("PUBLIC_URL", "https://news.exa mple.org"),
        ("PUBLIC_URL", "https://news.example.org/<b>"),
        ("PUBLIC_URL", "http://128.0.0.1"),
        ("SMTP_URL", "relay.example.org"),
        ("SMTP_URL", "smtps://relay.example.org"),
        ("SMTP_URL", "smtp://relay.example.org:port"),
        ("SMTP_URL", "smtp://ada@relay.example.org"),
        ("SMTP_URL", "smtp://:s3cr3t@relay.example.org"),
        ("SMTP_URL", "smtp://relay.example.org:99999"),
        ("SMTP_URL", "smtp://relay.example.org/?tls="),
        ("SMTP_URL", "smtp://relay.example.org/?tls=STARTTLS"),
        ("SMTP_URL", "smtp://relay.example.org/?tsl=none"),
        ("SMTP_URL", "smtp://relay.example.org/?tls=starttls&tls=none"),
        ("SMTP_URL", "smtp://relay.example.org/inbox"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("LIMIT_SOURCE", "20/0hours"),
        ("LIMIT_SOURCE", "20"),
        ("LIMIT_SOURCE", "20/hour, 3/day"),
        ("LIMIT_SOURCE", "9999999999/hour"),
        ("LIMIT_SOURCE", "1/31days"),
        ("LIMIT_SOURCE", "1/99999999999999999999days"),
        ("ROLE_ADDRESSES", "never"),
        ("DISPOSABLE_ADDRESSES", "REFUSE"),
        ("DISPOSABLE_DOMAINS", "/nowhere/domains.txt"),
        ("SMTP_URL", "smtp://ada:secret#1@relay.example.org"),
        ("SMTP_URL", "smtp://ada:secret/1@relay.example.org"),
        ("SMTP_URL", "smtp://ada:secret?1@relay.example.org"),
        ("SMTP_URL", "smtp://relay.example.org:0"),
        ("INBOUND_IMAP", "imap://ada:secret@mail.example.org/Public#News"),
        ("INBOUND_ADDRESS", "newsletter-dk+*@example.org"),
        ("INBOUND_IMAP", "imap://ada:secret#1@mail.example.org"),
        ("INBOUND_IMAP", "imap://ada@mail.example.org"),
        ("INBOUND_IMAP", "imap://ada:secret@mail.example.org/?tsl=none"),
        ("INBOUND_IMAP", "imap://ada:secret@mail.example.org/Back?handled=Back"),
        ("INBOUND_IMAP", "imap://ada:secret@mail.example.org/?handled=inbox"),
        ("INBOUND_LMTP", "127.0.0.1:99999"),
        ("INBOUND_LMTP", "127.0.0.1:0"),
        ("ONLY_RECIPIENTS", " , "),
        ("CONNECTOR_SECRETS", "listmonk=secret1 listmonk=secret2"),
        ("JOURNAL", __file__),
        ("METRICS_TOKEN", "ærø"),
        ("METRICS_TOKEN", "a secret"),
    ],
)
def test_a_wrong_value_is_one_mistake_in_plain_words(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    found = mistakes(monkeypatch, **{name: value})

    assert len(found) == 1
    assert found[0].startswith(f"NEWSLETTER_{name}: ")
    assert "Traceback" not in found[0]
    assert "secret" not in found[0]


@pytest.mark.parametrize(
    ("raw", "limits"),
    [
        ("", ()),
        ("20/hour", ((20, 3600),)),
        ("1/10minutes;3/30days", ((1, 600), (3, 2592000))),
        ("5/2 seconds ; 7/day ;", ((5, 2), (7, 86400))),
        ("200/1hour", ((200, 3600),)),
        ("9/hour;2/60minutes;5/hour", ((2, 3600),)),
    ],
)
def test_limits_are_read(raw: str, limits: tuple[tuple[int, int], ...]) -> None:
    assert [(limit.most, limit.seconds) for limit in config.limits(raw)] == list(limits)


@pytest.mark.parametrize(
    ("raw", "base"),
    [
        ("https://news.example.org/", "https://news.example.org"),
        ("https://www.example.org/news/", "https://www.example.org/news"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.0.1", "http://127.8.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_is_read(raw: str, base: str) -> None:
    assert config.public_url(raw) == base


def test_what_is_empty_counts_as_not_set_and_an_empty_limit_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = config.load()
    for each in fields(usual):
        if each.name.upper() not in GOOD:
            monkeypatch.setenv(f"NEWSLETTER_{each.name.upper()}", " ")

    assert config.load() == replace(usual, limit_source=(), limit_address=())


def test_keys_are_read_newest_first() -> None:
    older, oldest = "o" * 32, "x" * 32

    keys = config.secret_keys(f" {KEY} , {older}, reduce: {oldest}")

    assert [(key.secret, key.reduces) for key in keys] == [(KEY, False), (older, False), (oldest, True)]


def test_proxies_and_patterns_are_read() -> None:
    assert config.networks("10.1.2.3/8, ::1") == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))
    assert config.patterns(" *@Example.org, ada@* ,") == ("*@example.org", "ada@*")


def test_a_list_of_throw_away_domains_that_is_empty_is_the_operators_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (none := tmp_path / "domains.txt").touch()
    monkeypatch.setenv("NEWSLETTER_DISPOSABLE_DOMAINS", str(none))
    assert config.load().disposable_domains == str(none)
