"""A folder that is reached by SFTP. The server's key has to be known beforehand; without it nothing is sent."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import asyncssh

from newsletter.feed.connectors.drop_places import PART, Write
from newsletter.feed.connectors.tool import Misconfigured, Trouble

CONNECT = 20  # seconds
PATIENCE = 60  # seconds for one block to be taken
PORT = 22

OURS = asyncssh.SFTPAttrs(permissions=0o640)
"""Unasked, a server lets every user that it has read the list."""

T = TypeVar("T")


class Sftp:
    """One connection for each file: they are hours apart."""

    def __init__(self, url: str, known_hosts: str, key_file: str | None, secret: str | None) -> None:
        parts = urlsplit(url)
        self.folder = folder_of(unquote(parts.path))
        self.files = {"known_hosts": known_hosts, **({"key_file": key_file} if key_file else {})}
        self.options = {
            "host": parts.hostname or "",
            "port": parts.port or PORT,
            "username": unquote(parts.username or ""),
            "known_hosts": known_hosts,
            "config": None,
            "agent_path": None,
            "connect_timeout": CONNECT,
            "login_timeout": CONNECT,
            **({"client_keys": [key_file], "passphrase": secret} if key_file else {"client_keys": None}),
            **({} if key_file else {"password": secret}),
        }

    def check(self) -> None:
        for name, file in self.files.items():
            if not os.access(file, os.R_OK):
                raise Misconfigured(f"the file that {name} names is not there, or may not be read")
        with self.session() as (run, client):
            if not run(client.isdir(self.folder)):
                raise Misconfigured(f"{self.folder} is no folder there")

    @contextmanager
    def writing(self, name: str) -> Iterator[Write]:
        part, whole = f"{self.folder}/.{name}{PART}", f"{self.folder}/{name}"
        with self.session() as (run, client):
            file = run(client.open(part, "wb", attrs=OURS))

            def write(block: bytes) -> None:
                run(file.write(block))

            try:
                yield write
                run(file.close())
                run(self.rename(client, part, whole))
            finally:
                with suppress(OSError, TimeoutError, asyncssh.Error):
                    run(client.remove(part))

    async def rename(self, client: Any, part: str, whole: str) -> None:
        """As POSIX does where the server can; the older rename refuses a name that is taken."""
        try:
            await client.posix_rename(part, whole)
        except asyncssh.SFTPOpUnsupported:
            await client.rename(part, whole)

    def names(self) -> list[str]:
        with self.session() as (run, client):
            return [str(name) for name in run(client.listdir(self.folder))]

    def remove(self, name: str) -> None:
        with self.session() as (run, client), suppress(asyncssh.SFTPNoSuchFile):
            run(client.remove(f"{self.folder}/{name}"))

    @contextmanager
    def session(self) -> Iterator[tuple[Any, Any]]:
        """A connection, and what runs one step of it to its end."""
        with in_our_words(), asyncio.Runner() as loop:

            def run(step: Coroutine[Any, Any, T]) -> T:
                return loop.run(asyncio.wait_for(step, PATIENCE))

            connection = run(self.connected())
            try:
                yield run, run(speaking(connection))
            finally:
                connection.abort()
                run(connection.wait_closed())

    async def connected(self) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(**self.options)


def folder_of(path: str) -> str:
    """The user's own folder is where a connection begins; a server knows no `~`."""
    if path == "/~" or path.startswith("/~/"):
        path = path[2:].strip("/")
    return path or "."


async def speaking(connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    return await connection.start_sftp_client()


@contextmanager
def in_our_words() -> Iterator[None]:
    """What SSH and SFTP refuse."""
    try:
        yield
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise Misconfigured("the server's key is not the one in known_hosts, or ours cannot be read") from error
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
        raise Misconfigured("the server does not let us in, or not write there") from error
    except asyncssh.SFTPNoSuchFile as error:
        raise Misconfigured("the folder is not there") from error
    except (OSError, TimeoutError, asyncssh.Error) as error:
        raise Trouble(f"SFTP: {type(error).__name__}") from error
