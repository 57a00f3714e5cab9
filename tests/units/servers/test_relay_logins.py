"""The relay asks for logins and encrypts as it is told."""

import smtplib
import ssl
from pathlib import Path

import pytest

from tests.servers import HOST, Fate, Relay
from tests.units.servers.clients import PATIENT, lose_patience, send


def test_a_login_is_asked_for_and_checked() -> None:
    with Relay(login=("ada", "secret")) as relay, smtplib.SMTP(HOST, relay.port, timeout=PATIENT) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
            send(client)
        assert refusal.value.smtp_code == 530

        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("ada", "wrong")

        client.login("ada", "secret")
        send(client)
        assert relay.letters[0].user == "ada"
        assert relay.url == f"smtp://ada:secret@{HOST}:{relay.port}/?tls=none"


def test_a_login_can_fail_for_a_while() -> None:
    with Relay(login=("ada", "secret")) as relay, smtplib.SMTP(HOST, relay.port, timeout=PATIENT) as client:
        relay.answer("AUTH", "454 4.7.0 Try later")

        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            client.login("ada", "secret")
        assert refusal.value.smtp_code == 454


def test_a_relay_without_a_login_offers_none(client: smtplib.SMTP) -> None:
    client.ehlo()

    assert not client.has_extn("auth")


def test_starttls_is_required_and_secures_letter_and_login(tmp_path: Path) -> None:
    with (
        Relay(tls="starttls", login=("ada", "secret")) as relay,
        smtplib.SMTP(HOST, relay.port, timeout=PATIENT) as client,
    ):
        with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
            send(client)
        assert refusal.value.smtp_code == 530

        client.starttls(context=trusting(relay, tmp_path))
        client.login("ada", "secret")
        send(client)
        assert relay.letters[0].secure
        assert relay.letters[0].user == "ada"


def test_implicit_tls_secures_letter_and_login(tmp_path: Path) -> None:
    with Relay(tls="implicit", login=("ada", "secret")) as relay:
        with smtplib.SMTP_SSL(HOST, relay.port, timeout=PATIENT, context=trusting(relay, tmp_path)) as client:
            client.login("ada", "secret")
            send(client)

        assert relay.letters[0].secure
        assert relay.letters[0].user == "ada"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("fate", [Fate.HANG, Fate.DROP])
def test_fates_hold_inside_tls_too(tmp_path: Path, tls: str, fate: Fate) -> None:
    with Relay(tls=tls) as relay:
        relay.answer("DATA", fate)
        client = connect(relay, tmp_path)
        if fate is Fate.HANG:
            lose_patience(client)

        with client, pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)) as end:
            send(client)
        assert ("timed out" in str(end.value)) == (fate is Fate.HANG)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_relay_may_show_a_certificate_for_another_name(tmp_path: Path, tls: str) -> None:
    with Relay(tls=tls, name="elsewhere.example") as relay, pytest.raises(ssl.SSLCertVerificationError):
        connect(relay, tmp_path)


def test_a_relay_is_trusted_by_its_own_authority_alone() -> None:
    with Relay(tls="implicit") as relay, pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL(HOST, relay.port, timeout=PATIENT, context=ssl.create_default_context())


def connect(relay: Relay, folder: Path) -> smtplib.SMTP:
    context = trusting(relay, folder)
    if relay.tls == "implicit":
        return smtplib.SMTP_SSL(HOST, relay.port, timeout=PATIENT, context=context)
    client = smtplib.SMTP(HOST, relay.port, timeout=PATIENT)
    try:
        client.starttls(context=context)
    except ssl.SSLError:
        client.close()
        raise
    return client


def trusting(relay: Relay, folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=relay.trust(folder))
