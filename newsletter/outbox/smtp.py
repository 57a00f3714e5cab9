"""The relay: a kept connection, TLS unless told otherwise, a time-out on every step.

Flask-Mail holds the configuration and the connection; what it lacks is added here: time-outs, certificates that
are checked, and the server's own words, which become evidence.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

from flask import Flask, current_app
from flask_mail import Connection, Mail

from newsletter.config import Settings
from newsletter.outbox.answer import Answer, Step, readable
from newsletter.outbox.smtp_line import TIMEOUT, Line, Load, is_no, is_yes, no_connection, opened


def init_app(app: Flask, settings: Settings) -> None:
    relay = settings.smtp_url
    app.config.update(
        MAIL_SERVER=relay.host,
        MAIL_PORT=relay.port,
        MAIL_USERNAME=relay.user,
        MAIL_PASSWORD=relay.password,
        MAIL_USE_TLS=relay.tls == "starttls",
        MAIL_USE_SSL=relay.tls == "implicit",
        MAIL_SUPPRESS_SEND=False,
    )
    Mail(app)


class Relay(Connection):
    """A connection to the relay that is opened when needed and kept while it works."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)
    """Called before each wait for the relay that may be long."""
    patience = TIMEOUT
    """Seconds for each answer until the connection is there."""
    talks = False
    """Whether an answer is awaited that can be given up without leaving a letter in doubt."""
    announced: tuple[str, str] | None = None
    """Sender and recipient of the letter that the relay has been told of."""
    unread = 0
    """Answers that the relay owes."""
    step = Step.CONNECT
    """How far the letter at hand got."""
    host: Line | None

    @classmethod
    def configured(cls) -> Self:
        return cls(current_app.extensions["mail"])

    def configure_host(self) -> Line:
        """Connected, encrypted and logged in. Raises OSError or SMTPException."""
        mail, own = self.mail, current_app.config["PUBLIC_HOST"]
        host = opened(mail.server, mail.port, own, implicit=mail.use_ssl, timeout=self.patience)
        try:
            self.secure(host)
        except BaseException:
            host.close()
            raise
        host.be_patient()
        return host

    def secure(self, host: Line) -> None:
        if self.mail.use_tls:
            host.starttls(context=ssl.create_default_context())
        host.ehlo_or_helo_if_needed()
        if self.mail.username and self.mail.password:
            host.log_in(self.mail.username, self.mail.password)

    def connect(self) -> Answer | None:
        """Open the connection unless it is open; what went wrong, or None."""
        if self.host is not None:
            return None
        self.keep_waiting()
        try:
            self.host = self.configure_host()
            self.host.meanwhile = self.keep_waiting
        except (OSError, smtplib.SMTPException, ValueError) as error:  # not every relay asks in base64
            return no_connection(error, self.mail.username, self.mail.password)
        return None

    def deliver(self, load: Load, may_leave: Callable[[], bool]) -> Answer:
        """Hand one letter over. A connection that died while idle is opened anew before anything is in doubt.

        So is one on which the relay takes no more: relays bound how many letters one may bring, and not all hang up.
        The relay may have taken its time until it wants to have the letter, so only then `may_leave` is asked.
        """
        was_kept = self.host is not None
        answer = self.attempt(load, may_leave)
        if was_kept and answer.step is Step.MAIL and answer.code < 500:
            self.drop()
            answer = self.attempt(load, may_leave)
        return answer

    def cut_short(self) -> None:
        """Called in the middle of anything by the thread that it belongs to: end a wait for the relay, if it is one."""
        if self.talks:
            raise TimeoutError("told to stop")

    def keep_waiting(self) -> None:
        """Nothing cuts short what is done meanwhile."""
        talks, self.talks = self.talks, False
        self.meanwhile()
        self.talks = talks

    @contextmanager
    def talking(self) -> Iterator[None]:
        self.talks = True
        try:
            yield
        finally:
            self.talks = False

    def attempt(self, load: Load, may_leave: Callable[[], bool]) -> Answer:
        with self.talking():
            return self.talk(load, may_leave)

    def talk(self, load: Load, may_leave: Callable[[], bool]) -> Answer:
        failed = self.connect()
        if failed or self.host is None:
            return failed or Answer(step=Step.CONNECT, code=0, text="not connected")
        self.step = Step.MAIL
        try:
            code, text = self.introduce(self.host, load.sender, load.recipient)
            if self.step is Step.RCPT and is_yes(code):
                code, text = self.hand_over(self.host, load, may_leave)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            return Answer(step=self.step, code=0, text=str(error))
        if code != 250:
            self.tidy(code)
        return Answer(step=self.step, code=code, text=readable(text))

    def hand_over(self, host: Line, load: Load, may_leave: Callable[[], bool]) -> tuple[int, bytes]:
        """What the relay says to DATA, and to the letter if it wants to have it."""
        self.step = Step.DATA
        code, text = self.ask_to_take(host)
        if code != 354:
            return code, text
        if not may_leave():
            raise smtplib.SMTPException("the claim ran out before the relay had answered")
        self.talks = False  # who hangs up now leaves in doubt whether the relay took it
        return host.hand_over(load)

    def ask_to_take(self, host: Line) -> tuple[int, bytes]:
        """DATA: 354, or a refusal. The letter has not left yet, so a relay that says yes is not where we are."""
        if not self.unread:
            host.putcmd("DATA")
            self.unread = 1
        code, text = self.read(host)
        if code != 354 and not is_no(code):
            raise smtplib.SMTPException(f"{code} is no answer to DATA")
        return code, text

    def announce(self, sender: str, recipient: str) -> None:
        """Let the relay look at a letter's envelope while the caller does something else, where a connection is open.

        Nothing is in doubt yet: `deliver` goes on from here, `withdraw` takes it back.
        """
        if self.host is not None:
            try:
                with self.talking():
                    self.begin(self.host, sender, recipient)
            except (OSError, smtplib.SMTPException, ValueError):  # `deliver` will meet it again
                self.drop()

    def withdraw(self) -> None:
        """What was announced, if anything, does not leave; what comes next may."""
        if self.announced:
            with self.talking():
                self.begin_anew()

    def introduce(self, host: Line, sender: str, recipient: str) -> tuple[int, bytes]:
        """What the relay says to RCPT, or to MAIL if it is that which it refuses."""
        self.begin(host, sender, recipient)
        code, text = self.read(host)
        if code != 250:
            return code, text
        self.step = Step.RCPT
        if not self.unread:
            host.putcmd("RCPT", f"TO:<{recipient}>")
            self.unread = 1
        self.announced = None
        return self.read(host)

    def begin(self, host: Line, sender: str, recipient: str) -> None:
        """MAIL, unless it is on its way; RCPT and DATA in one breath with it, where the relay reads on (RFC 2920)."""
        if self.announced == (sender, recipient):
            return
        if self.announced:
            self.reset(host)
        self.announced, self.unread = (sender, recipient), 1
        if host.has_extn("pipelining"):
            self.unread = 3
            host.send(f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")
        else:
            host.putcmd("MAIL", f"FROM:<{sender}>")

    def read(self, host: Line) -> tuple[int, bytes]:
        self.unread -= 1
        return host.getreply()

    def tidy(self, code: int) -> None:
        """After a refusal the next letter needs a clean start; after 421 the relay has hung up.

        One that answers something else than it was asked would be misunderstood from here on.
        """
        if is_no(code) and code != 421:
            self.begin_anew()
        else:
            self.drop()

    def begin_anew(self) -> None:
        if self.host is not None:
            try:
                self.reset(self.host)
            except (OSError, smtplib.SMTPException):
                self.drop()

    def reset(self, host: Line) -> None:
        """Raises SMTPException where the relay waits for a letter already: whatever came next would be one."""
        while self.unread:
            if self.read(host)[0] == 354:
                raise smtplib.SMTPException("the relay awaits a letter")
        code, text = host.rset()
        if code != 250:
            raise smtplib.SMTPResponseException(code, text)
        self.announced = None

    def drop(self) -> None:
        if self.host is not None:
            self.host.close()
        self.host, self.announced, self.unread = None, None, 0

    def quit(self) -> None:
        """Say good-bye; nobody minds when the other side has already gone."""
        if self.host is not None:
            with suppress(OSError, smtplib.SMTPException), self.talking():
                self.host.quit()
            self.drop()
