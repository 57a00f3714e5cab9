"""What the relay says is heard as far as an answer may go, and no further."""

import socket
from smtplib import SMTPServerDisconnected

import pytest

from newsletter.outbox.line import Line


def test_an_answer_that_goes_on_and_on_is_not_heard_to_its_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line()
        line.sock = ours
        theirs.sendall(b"250-and more\r\n" * 2000 + b"250 Done\r\n")
        assert line.getreply()[0] == 250

        theirs.sendall(b"250-and more\r\n" * 7000 + b"250 Done\r\n")
        with pytest.raises(SMTPServerDisconnected, match="does not end"):
            line.getreply()
