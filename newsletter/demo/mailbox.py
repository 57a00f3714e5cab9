"""A mail server on this machine that keeps every letter to itself, and in memory."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter import clock

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it came in, byte for byte."""

    recipient: str
    at: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def source(self) -> str:
        return self.raw.decode("utf-8", "replace")

    def part(self, subtype: str) -> str:
        found = self.message.get_body((subtype,))
        return str(found.get_content()) if found else ""


@dataclass(kw_only=True)
class Mailbox:
    """Everybody's letters, the oldest first."""

    letters: list[Letter] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        raw = envelope.original_content or b""
        self.letters.extend(Letter(recipient=name, at=clock.now(), raw=raw) for name in envelope.rcpt_tos)
        return "250 2.0.0 Taken"

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, hostname="mailbox.localhost", loop=loop), HOST, 0)


@contextmanager
def listening() -> Iterator[Mailbox]:
    """A mailbox on a free port, in a thread of its own, for the length of the block."""
    mailbox, loop = Mailbox(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(mailbox.listen(), loop).result()
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
