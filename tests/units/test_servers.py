"""The servers that other tests lean on do what they are told: an ordinary mail client says so."""

import os
import smtplib
import socket
import ssl
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from tests.servers import HOST, Fate, Relay, free_port, own_postgres, postgres, run_process, spell

ADA, GRACE = "ada@example.org", "grace@example.org"
LETTER = b"Subject: =?utf-8?q?Velkommen_=C3=A5bent?=\r\n\r\n.dot\r\nHej\r\n"
PATIENT, IMPATIENT = 10, 0.3  # seconds that a client waits for a reply
LISTENER = "import http.server, sys; http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]))"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def client(relay: Relay) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP(HOST, relay.port, timeout=PATIENT)
    yield client
    client.close()


def send(client: smtplib.SMTP, *recipients: str) -> dict[str, tuple[int, bytes]]:
    return client.sendmail("news@example.com", recipients or [ADA], LETTER)


def lose_patience(client: smtplib.SMTP) -> None:
    assert client.sock is not None
    client.sock.settimeout(IMPATIENT)


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
@pytest.mark.parametrize("fate", Fate)
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


def test_a_process_answers_when_the_block_begins_and_is_gone_when_it_ends() -> None:
    port = free_port()

    with run_process([sys.executable, "-c", LISTENER, str(port)], {**os.environ}, port) as process:
        socket.create_connection((HOST, port)).close()
        assert process.popen.poll() is None

    assert process.popen.returncode is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


def test_a_process_that_ends_early_says_what_it_printed() -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('no catalogue')"]

    with pytest.raises(ChildProcessError, match="ended with 1 .*\nno catalogue"), run_process(failing, {}, free_port()):
        pass


def test_a_process_takes_its_children_along() -> None:
    port = free_port()
    parent = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]]); sys.stdin.read()"
    waiting = f"{parent}; import time; time.sleep(60)"

    with run_process([sys.executable, "-c", waiting, LISTENER, str(port)], {**os.environ}, port):
        socket.create_connection((HOST, port)).close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


def test_every_database_is_new() -> None:
    with postgres(fsync=False) as server:
        one, other = server.create_database(), server.create_database()

        query(one, "CREATE TABLE letters (id int)")
        assert query(other, "SELECT to_regclass('letters')") == (None,)


def test_a_database_can_be_a_copy_of_another() -> None:
    with postgres(fsync=False) as server:
        query(server.create_database(), "CREATE TABLE letters AS SELECT 7 AS id")

        copy = server.create_database(template=server.made[-1])
        assert query(copy, "SELECT id FROM letters") == (7,)


def test_a_postgres_that_runs_already_is_used_and_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    with own_postgres(fsync=False) as running:
        monkeypatch.setenv("TEST_POSTGRES_URL", spell(running.url))

        with postgres() as server:
            database = server.create_database()
            assert query(database, "SELECT 7") == (7,)

        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            query(database, "SELECT 7")


def test_a_killed_postgres_comes_back_with_all_that_was_committed() -> None:
    with own_postgres() as server:
        database = server.create_database()
        query(database, "CREATE TABLE letters AS SELECT 7 AS id")

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            query(database, "SELECT 1")

        server.start()
        assert query(database, "SELECT id FROM letters") == (7,)


def query(url: str, statement: str) -> tuple[object, ...] | None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None
