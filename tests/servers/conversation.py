"""What a relay says to one client, word by word."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.fates import Fate, Letter

if TYPE_CHECKING:
    from tests.servers.relay import Relay


class Conversation(SMTP):
    """One connection. It is its own handler: aiosmtpd asks its `handle_*` what to say."""

    def __init__(self, relay: "Relay") -> None:
        self.relay = relay
        starttls = relay.tls == "starttls"
        super().__init__(
            self,
            hostname="relay.test",  # or the resolver is asked
            tls_context=relay.context if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            authenticator=self.admits,
            loop=relay.loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.relay.conversations.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.relay.conversations.discard(self)

    async def _handle_client(self) -> None:
        reply = await self.scripted("CONNECT")
        if reply is None:
            await super()._handle_client()
        else:
            await self.push(reply)
            self.connection.close()

    async def handle_EHLO(self, _: SMTP, session: Session, __: Envelope, host: str, lines: list[str]) -> list[str]:
        reply = await self.scripted("EHLO", host)
        if reply is not None:
            return [reply]
        session.host_name = host
        first, *extensions = [line for line in lines if self.relay.login or not line.startswith("250-AUTH")]
        return [first, "250-PIPELINING", *extensions] if self.relay.pipelines else [first, *extensions]

    async def handle_AUTH(self, _: SMTP, __: Session, ___: Envelope, args: list[str]) -> Any:
        return await self.scripted("AUTH", args[0]) or MISSING

    def admits(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: LoginPassword) -> AuthResult:
        right = self.relay.login == (given.login.decode(), given.password.decode())
        return AuthResult(success=right, handled=False, auth_data=given)

    async def handle_MAIL(self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.relay.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        reply = await self.scripted("MAIL", address)
        if reply is not None:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        reply = await self.scripted("RCPT", address, [address]) or "250 2.1.5 Recipient OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply

    async def smtp_DATA(self, arg: str) -> None:
        reply = await self.scripted("ASKED", "", self.envelope.rcpt_tos if self.envelope else ())
        if reply is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(reply)

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:
        reply = await self.scripted("DATA", "", envelope.rcpt_tos)
        if reply is not None:
            return reply
        self.take(session, envelope)
        return await self.scripted("TAKEN", "", envelope.rcpt_tos) or "250 2.0.0 Taken"

    def take(self, session: Session, envelope: Envelope) -> None:
        login: LoginPassword | None = session.auth_data
        self.relay.letters.append(
            Letter(
                sender=str(envelope.mail_from),
                recipients=tuple(envelope.rcpt_tos),
                raw=bytes(envelope.original_content or b""),
                secure=self.connection.get_extra_info("ssl_object") is not None,
                user=login.login.decode() if login else None,
            )
        )

    async def scripted(self, verb: str, argument: str = "", recipients: Sequence[str] = ()) -> str | None:
        """The reply that was scripted, if any. One that ends the conversation never returns."""
        reply = self.relay.reply_to(verb, argument, recipients)
        if reply is None or (isinstance(reply, str) and not reply.startswith("421")):
            return reply
        if isinstance(reply, str):
            await self.push(reply)
            self.connection.close()
        elif reply is Fate.DROP:
            self.drop()
        elif reply is Fate.PONDER:
            await asyncio.sleep(0.5)
            return None
        while reply is Fate.BABBLE:
            await self.push("250-and")
            await asyncio.sleep(0.02)
        await asyncio.Event().wait()  # until the end of the connection cancels this
        return None

    def drop(self) -> None:
        if self.transport is not None and not self.connection.is_closing():  # Python 3.11.2 fails on the latter
            self.connection.abort()

    @property
    def connection(self) -> asyncio.WriteTransport:
        return cast(asyncio.WriteTransport, self.transport)
