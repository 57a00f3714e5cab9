"""The relay that other tests lean on does what it is told: an ordinary mail client says so."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.servers import HOST, Fate, Relay
from tests.units.servers.clients import ADA, GRACE, IMPATIENT, LETTER, PATIENT, lose_patience, send


def test_a_letter_arrives_whole(relay: Relay, client: smtplib.SMTP) -> None:
    assert send(client, ADA, GRACE) == {}

    [letter] = relay.letters
    assert (letter.sender, letter.recipients) == ("news@example.com", (ADA, GRACE))
    assert letter.raw == LETTER
    assert isinstance(letter.message, EmailMessage)
    assert letter.message["Subject"] == "Velkommen åbent"
    assert (letter.secure, letter.user) == (False, None)


def test_all_that_was_said_is_remembered_in_order(relay: Relay, client: smtplib.SMTP) -> None:
    client.ehlo("shop.example")
    send(client)

    mail = "MAIL news@example.com"
    assert relay.heard == ["CONNECT", "EHLO shop.example", mail, f"RCPT {ADA}", "DATA", "TAKEN"]


def test_a_letter_can_be_waited_for(relay: Relay, client: smtplib.SMTP) -> None:
    with pytest.raises(TimeoutError, match="letter 1, after 0"):
        relay.wait_for_letters(1, timeout=0.1)

    send(client)

    assert relay.wait_for_letters(1) == relay.letters


def test_a_relay_can_turn_everybody_away_at_the_door(relay: Relay) -> None:
    relay.answer("CONNECT", "554 5.7.1 Not today")

    with pytest.raises(smtplib.SMTPConnectError) as refusal:
        smtplib.SMTP(HOST, relay.port, timeout=PATIENT)

    assert refusal.value.smtp_code == 554


def test_a_relay_can_dislike_the_greeting(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("EHLO", "550 5.7.1 Who?")

    assert client.ehlo("shop.example") == (550, b"5.7.1 Who?")


@pytest.mark.parametrize("reply", ["451 4.7.1 Come back later", "550 5.7.1 Unwanted"])
def test_a_relay_can_refuse_a_sender(relay: Relay, client: smtplib.SMTP, reply: str) -> None:
    relay.answer("MAIL", reply)

    with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
        send(client)

    assert f"{refusal.value.smtp_code} {refusal.value.smtp_error.decode()}" == reply


def test_a_relay_can_refuse_one_recipient_of_two(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("RCPT", "550 5.1.1 No such user", to=ADA)

    assert send(client, ADA, GRACE) == {ADA: (550, b"5.1.1 No such user")}
    assert relay.letters[0].recipients == (GRACE,)


def test_a_greylisting_relay_takes_the_second_try(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("RCPT", "451 4.7.1 Greylisted", times=1)

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(client)
    assert send(client) == {}


def test_a_relay_can_refuse_a_letter_that_it_has_read(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("DATA", "554 5.6.0 Spam", to=ADA)

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(client)
    assert (refusal.value.smtp_code, refusal.value.smtp_error) == (554, b"5.6.0 Spam")
    assert relay.letters == []

    assert send(client, GRACE) == {}


def test_a_421_ends_the_connection(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("RCPT", "421 4.3.2 Shutting down")
    client.ehlo()
    client.mail("news@example.com")

    assert client.rcpt(ADA) == (421, b"4.3.2 Shutting down")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_a_kind_relay_forgets_what_it_was_told(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("MAIL", "550 5.7.1 Unwanted")
    relay.be_kind()

    assert send(client) == {}


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA", "TAKEN"])
def test_a_hanging_relay_leaves_the_client_waiting(relay: Relay, client: smtplib.SMTP, verb: str) -> None:
    relay.answer(verb, Fate.HANG)
    lose_patience(client)

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(client)


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA", "TAKEN"])
def test_a_relay_can_cut_the_connection(relay: Relay, client: smtplib.SMTP, verb: str) -> None:
    relay.answer(verb, Fate.DROP)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)) as cut:
        send(client)
    assert "timed out" not in str(cut.value)


def test_a_relay_can_accept_and_never_greet(relay: Relay) -> None:
    relay.answer("CONNECT", Fate.HANG)

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP(HOST, relay.port, timeout=IMPATIENT)


def test_a_relay_can_cut_the_connection_at_the_door(relay: Relay) -> None:
    relay.answer("CONNECT", Fate.DROP)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        smtplib.SMTP(HOST, relay.port, timeout=PATIENT)


def test_a_connection_cut_after_data_leaves_no_letter(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("DATA", Fate.DROP)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(client)
    assert relay.letters == []


def test_a_letter_can_be_taken_without_the_client_hearing_of_it(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("TAKEN", Fate.DROP)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(client)
    assert len(relay.letters) == 1


def test_a_stopped_relay_refuses_connections_and_returns_on_its_port(relay: Relay) -> None:
    port = relay.port

    relay.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(HOST, port, timeout=PATIENT)

    relay.start()
    with smtplib.SMTP(HOST, port, timeout=PATIENT) as client:
        assert send(client) == {}


def test_stopping_hangs_up_on_clients_left_waiting(relay: Relay, client: smtplib.SMTP) -> None:
    relay.answer("EHLO", Fate.HANG)
    client.putcmd("ehlo", "shop.example")
    relay.stop()

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        client.getreply()
    relay.start()
