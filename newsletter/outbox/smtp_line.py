"""The line to the relay: smtplib's, but no answer on it takes longer than one time-out, however slowly it comes."""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import Any

from newsletter import clock, logs
from newsletter.outbox.answer import Answer, Step, readable

TIMEOUT = 30.0  # seconds for each answer of the relay; claims are renewed meanwhile
TIMES_LONGER = (1, 2, 3)
"""How much longer the answer to the letter itself may take: at its first try, its second, every further one.

RFC 5321 4.5.3.2.6 has ten minutes for it, since a relay that needs longer than it is waited for gets the letter twice.
But one that hangs would keep all other letters for so long.
"""
SOON = 0.01  # seconds in which most relays have answered
READ = 2000  # octets of a line that are of any use
MOST = 65_536  # octets of one answer: what goes on for longer will not end


@dataclass(frozen=True, kw_only=True)
class Load:
    """A letter as it is handed over, and how often that has been tried before."""

    sender: str
    recipient: str
    letter: bytes
    attempts: int = 0


class Spelt(str):
    """A word that goes over the line as UTF-8, whatever smtplib asks for (RFC 4616): passwords have all letters."""

    def encode(self, _encoding: str = "utf-8", _errors: str = "strict") -> bytes:
        return super().encode()


class Line(smtplib.SMTP):
    """In clear, until STARTTLS. `meanwhile` is called when the relay does not answer soon."""

    meanwhile: Callable[[], None] | None = None

    def log_in(self, user: str, password: str) -> None:
        self.login(Spelt(user), Spelt(password))

    def auth_plain(self, challenge: Any = None) -> str:
        return Spelt(super().auth_plain(challenge))

    def auth_cram_md5(self, challenge: Any = None) -> Any:
        said = super().auth_cram_md5(challenge)
        return said and Spelt(said)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = Lines(Ear(self.sock), READ)
        if self.file is not None:
            self.file.raw.listen(self.meanwhile)
        return super().getreply()

    def be_patient(self, times: int = 1) -> None:
        """From now on an answer may take the whole time-out, or some times as long."""
        if self.sock is not None:
            self.sock.settimeout(TIMEOUT * times)

    def hand_over(self, load: Load) -> tuple[int, bytes]:
        """The letter is as it has to be but for lines that begin with a dot (RFC 5321 4.5.2).

        It is not looked through once more: what smtplib does there takes longer than the relay.
        """
        self.send(load.letter.replace(b"\n.", b"\n..") + b".\r\n")
        self.be_patient(TIMES_LONGER[min(load.attempts, len(TIMES_LONGER) - 1)])
        answer = self.getreply()
        self.be_patient()
        return answer


class SecureLine(Line, smtplib.SMTP_SSL):
    """Encrypted from the first octet."""


class Lines(BufferedReader):
    """What the relay says, line by line, each cut to what smtplib reads of one: the code stands at its beginning.

    A letter that was taken with more words than that would leave again and again.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(MOST)[:READ]


class Ear(RawIOBase):
    """Hears what comes over the line, as long as the answer that is awaited may last and as much as it may say."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.listen()

    def listen(self, meanwhile: Callable[[], None] | None = None) -> None:
        """An answer is awaited from now on."""
        self.began, self.heard, self.meanwhile = clock.monotonic(), 0, meanwhile

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        octets = self.beginning_into(buffer) if self.heard == 0 else self.rest_into(buffer)
        self.heard += octets
        return octets

    def beginning_into(self, buffer: Any) -> int:
        if self.meanwhile is not None:
            patience = self.sock.gettimeout()
            self.sock.settimeout(SOON)
            try:
                return self.sock.recv_into(buffer)
            except TimeoutError:
                self.meanwhile()
            finally:
                self.sock.settimeout(patience)
        return self.sock.recv_into(buffer)

    def rest_into(self, buffer: Any) -> int:
        """More of an answer that has begun: it has what is left of the time."""
        patience = self.sock.gettimeout() or TIMEOUT
        left = self.began + patience - clock.monotonic()
        if left <= 0 or self.heard > MOST:
            raise TimeoutError("the answer does not end")
        self.sock.settimeout(left)
        try:
            return self.sock.recv_into(buffer)
        finally:
            self.sock.settimeout(patience)


def opened(server: str, port: int, host: str, *, implicit: bool, timeout: float) -> Line:
    """A line on which the relay has said that it is there. Raises OSError."""
    name = called(host)
    if implicit:
        return SecureLine(server, port, name, timeout=timeout, context=ssl.create_default_context())
    return Line(server, port, name, timeout=timeout)


def no_connection(error: Exception, user: str | None, password: str | None) -> Answer:
    """Why there is no line, which is kept and shown: without the password, though some relays quote it."""
    code, said = 0, readable(str(error))
    if isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, readable(error.smtp_error)
    text = logs.without(said, f"\0{user}\0{password}", password) if password else said
    return Answer(step=Step.CONNECT, code=code, text=text)


def called(host: str) -> str:
    """How a host says who it is; one that has no name, by its address in brackets (RFC 5321 4.1.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def is_yes(code: int) -> bool:
    """Whether a code accepts a recipient: of one that is not expected, the first digit decides (RFC 5321 4.3.2)."""
    return 200 <= code < 300


def is_no(code: int) -> bool:
    """Whether a code is a refusal. Any other code but the expected one answers something that was not asked."""
    return 400 <= code < 600
