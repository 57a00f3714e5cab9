"""An LMTP server (RFC 2033): the mail server hands mail over here, and hears for each recipient what became of it.

Nothing is answered before its effect is in the database: "250" means that it may be forgotten there, "451" that it
has to come again. It asks nobody who they are, so it listens on this machine alone.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from newsletter import config, feedback, logs, mailboxes
from newsletter.engine import OUTAGES

LARGEST = 2 * 1024 * 1024  # bytes
LONGEST_LINE = 64 * 1024  # bytes; the standard says 1000, and bounces quote what does not keep to it
AT_ONCE = 4  # mails, each in a thread with a connection to the database
MOST_RECIPIENTS = 50
DONE = "250 2.1.5 done"
AGAIN = "451 4.3.0 not now, come again"
WHOLE_MAIL = ("500 Line too long", "552 Error: Too much mail data")
"""What aiosmtpd says once about a mail, and LMTP has to say for each recipient."""
log = logs.get("lmtp")


class Conversation(LMTP):
    """One connection, with answers per recipient."""

    line_length_limit = LONGEST_LINE

    async def push(self, status: Any) -> None:
        said = status.decode() if isinstance(status, bytes) else status
        if said.startswith(WHOLE_MAIL) and self.envelope:
            said = "\r\n".join([said] * len(self.envelope.rcpt_tos))
        await super().push(said)


class Letterbox:
    """What aiosmtpd asks: whom is mail taken for, and what became of it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(AT_ONCE)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """An address that we did not sign is nobody's: its mail goes back, or nowhere, and not to us."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        with self.app.app_context():
            if mailboxes.read(address) is None:
                return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        loop, raw = asyncio.get_running_loop(), bytes(envelope.original_content or b"")
        answers = [await loop.run_in_executor(self.threads, self.take, raw, one) for one in envelope.rcpt_tos]
        return "\r\n".join(answers)

    def take(self, raw: bytes, recipient: str) -> str:
        with self.app.app_context():
            try:
                feedback.receive(raw, recipient)
            except OUTAGES:
                log.warning("mail not taken: the database is down")
                return AGAIN
            return DONE


def serve(app: Flask, ready: Callable[[], None]) -> None:
    """Listen until told to stop; mail that is being taken then is taken to its end."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells what it hears, word for word
    asyncio.run(listen(app, ready))


async def listen(app: Flask, ready: Callable[[], None]) -> None:
    loop, letterbox, stopped = asyncio.get_running_loop(), Letterbox(app), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await opened(loop, letterbox)
    ready()
    await stopped.wait()
    server.close()
    letterbox.threads.shutdown()


async def opened(loop: asyncio.AbstractEventLoop, letterbox: Letterbox) -> asyncio.Server:
    settings = config.of(letterbox.app)
    at = settings.inbound_lmtp

    def converse() -> Any:
        """Whoever leaves may write from any address: a mail server hands it over only where SMTPUTF8 is offered."""
        return Conversation(letterbox, hostname="newsletter", data_size_limit=LARGEST, enable_SMTPUTF8=True, loop=loop)

    if at.path:
        return await loop.create_unix_server(converse, at.path)
    return await loop.create_server(converse, at.host, at.port)
