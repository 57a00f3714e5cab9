"""Hosts in settings: one that no name can be is refused at the start, and is no fault of ours when it is looked up."""

import pytest

from newsletter import config

IMPOSSIBLE = pytest.mark.parametrize("host", ["db..example.org", f"{64 * 'a'}.example.org"])


@IMPOSSIBLE
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://ada:hunter2@{}/newsletter"),
        ("DATABASE_URL", "postgresql://ada:hunter2@/newsletter?host=one:5432&host={}:5432"),
        ("SMTP_URL", "smtp://ada:hunter2@{}"),
        ("INBOUND_IMAP", "imap://ada:hunter2@{}"),
        ("INBOUND_LMTP", "{}:8024"),
    ],
)
def test_a_host_that_no_name_can_be_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, host: str
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value.format(host))

    with pytest.raises(config.SettingsInvalid) as refused:
        config.load()

    [told] = [mistake for mistake in refused.value.mistakes if mistake.startswith(f"NEWSLETTER_{name}: ")]
    assert "must be like" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///newsletter",
        f"postgresql:///newsletter?host=/{8 * 'a-long-folder-of-sockets'}",
        "postgresql://ada@[2001:db8::1]:5432/newsletter",
        "postgresql://ada@db.example.org./newsletter",
    ],
)
def test_a_socket_an_address_and_a_whole_name_are_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", url)

    with pytest.raises(config.SettingsInvalid) as refused:
        config.load()

    assert not [mistake for mistake in refused.value.mistakes if "DATABASE_URL" in mistake]


def test_the_rest_of_a_password_with_an_at_is_no_host_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "postgresql://ada:p@hunter2@db.example.org/newsletter")

    with pytest.raises(config.SettingsInvalid) as refused:
        config.load()

    [told] = [mistake for mistake in refused.value.mistakes if mistake.startswith("NEWSLETTER_DATABASE_URL: ")]
    assert "%40" in told
    assert "hunter2" not in told
