"""What the relay says is heard as far as an answer may go, and no further."""

import base64
import socket
from smtplib import SMTPServerDisconnected

import pytest

from newsletter.outbox.smtp_line import Line, called


def test_an_answer_that_goes_on_and_on_is_not_heard_to_its_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line()
        line.sock = ours
        theirs.sendall(b"250-and more\r\n" * 2000 + b"250 Done\r\n")
        assert line.getreply()[0] == 250

        theirs.sendall(b"250-" + b"t" * 9000 + b"\r\n250 aken" + b"!" * 30_000 + b"\r\n")
        assert line.getreply()[0] == 250

        theirs.sendall(b"250-and more\r\n" * 7000 + b"250 Done\r\n")
        with pytest.raises(SMTPServerDisconnected, match="does not end"):
            line.getreply()


def test_a_relay_that_offers_cram_md5_lets_in_a_user_of_any_letters() -> None:
    """RFC 2195; where it is offered, it is tried first."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line()
        line.sock, line.ehlo_resp, line.esmtp_features = ours, b"250 relay.test", {"auth": " CRAM-MD5 PLAIN"}
        line.does_esmtp = True
        theirs.sendall(b"334 PDFAcmVsYXkudGVzdD4=\r\n235 2.7.0 Welcome\r\n")

        line.log_in("nyhedsbrev-æ", "rødgrød")

        user = base64.b64decode(theirs.recv(1000).splitlines()[-1]).decode().rpartition(" ")[0]
        assert user == "nyhedsbrev-æ"


@pytest.mark.parametrize(
    ("host", "name"), [("news.example.org", "news.example.org"), ("127.0.0.1", "[127.0.0.1]"), ("::1", "[IPv6:::1]")]
)
def test_a_host_without_a_name_says_its_address_in_brackets(host: str, name: str) -> None:
    """RFC 5321 4.1.3: some relays refuse a greeting that is neither."""
    assert called(host) == name
