"""A real mail relay that does as it is told."""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, Self, TypeVar

import trustme

from tests.servers.conversation import Conversation
from tests.servers.fates import Answer, Fate, Letter
from tests.servers.processes import HOST, PATIENCE, wait_until

T = TypeVar("T")


class Relay:
    """A mail relay that takes every letter, until told otherwise.

    Verbs to answer are CONNECT, EHLO, AUTH, MAIL, RCPT, ASKED (for DATA, before the letter), DATA (the letter was read,
    nothing is taken) and TAKEN (the letter is taken, the client has not heard of it). A reply of 421 also ends the
    connection.
    """

    pipelines = True
    """Whether it says that it reads on before it answers, as nearly every relay does (RFC 2920)."""

    def __init__(self, tls: str = "none", login: tuple[str, str] | None = None, name: str = HOST) -> None:
        self.tls, self.login, self.name, self.port = tls, login, name, 0
        self.letters: list[Letter] = []
        self.heard: list[str] = []  # "CONNECT", "EHLO host", "RCPT ada@example.org", ... in order
        self.answers: list[Answer] = []
        self.conversations: set[Conversation] = set()

    @cached_property
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @cached_property
    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(self.name).configure_cert(context)
        return context

    @property
    def url(self) -> str:
        user = "{}:{}@".format(*self.login) if self.login else ""
        return f"smtp://{user}{HOST}:{self.port}/?tls={self.tls}"

    def answer(self, verb: str, reply: str | Fate, *, to: str | None = None, times: float = inf) -> None:
        """From now on answer like this: `relay.answer("RCPT", "550 5.1.1 No such user", to="ada@example.org")`."""
        self.answers.append(Answer(verb, reply, to, times))

    def be_kind(self) -> None:
        """Forget all that was scripted."""
        self.answers.clear()

    @property
    def got(self) -> list[str]:
        """Whom its letters were to, in the order in which it took them."""
        return [letter.recipients[0] for letter in self.letters]

    def wait_for_letters(self, count: int, timeout: float = PATIENCE) -> list[Letter]:
        wait_until(lambda: len(self.letters) >= count, f"letter {count}, after {len(self.letters)}", timeout)
        return list(self.letters)

    def trust(self, folder: Path) -> Path:
        """The certificate that vouches for this relay, as a file for SSL_CERT_FILE."""
        file = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(file))
        return file

    def start(self) -> None:
        """Listen, after a stop on the same port as before."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self.in_loop(self.listen())
        self.port = self.server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Hang up on everybody and be gone."""
        self.in_loop(self.hang_up())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def in_loop(self, task: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(PATIENCE)

    async def listen(self) -> asyncio.Server:
        implicit = self.context if self.tls == "implicit" else None
        return await self.loop.create_server(lambda: Conversation(self), HOST, self.port, ssl=implicit)

    async def hang_up(self) -> None:
        self.server.close()
        for conversation in list(self.conversations):
            conversation.drop()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while self.conversations or len(asyncio.all_tasks()) > 1:
                    await asyncio.sleep(0.01)

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        if verb != "ASKED":  # it is heard as DATA, if it comes to that
            self.heard.append(f"{verb} {argument}".strip())
        for answer in self.answers:
            if answer.fits(verb, recipients):
                answer.times -= 1
                return answer.reply
        return None
