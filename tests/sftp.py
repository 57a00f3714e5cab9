"""An SFTP server of a test's own, over a folder of it."""

import asyncio
import threading
from pathlib import Path
from typing import Any, Self

import asyncssh

HOST = "127.0.0.1"

SFTP = """
[files]
kind = "sftp"
newsletter = "nyhedsbrev"
url = "{url}"
known_hosts = "{known_hosts}"
"""


class Server:
    """One user, one password, and a key that nobody has seen before."""

    user, password = "newsletter", "a-password-for-sftp"

    def __init__(self, folder: Path, serves: type[asyncssh.SFTPServer] = asyncssh.SFTPServer) -> None:
        self.folder, self.serves = folder, serves
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.passwords: list[str] = []
        self.users_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        self.listening = asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result(30)
        self.port = self.listening.get_port()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.hang_up(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return f"sftp://{self.user}@{HOST}:{self.port}/"

    def known_hosts(self, folder: Path, key_of: "Server | None" = None) -> Path:
        """A file with this server's address and the key of itself, or of another one."""
        key = (key_of or self).key.export_public_key().decode().strip()
        file = folder / "known_hosts"
        file.write_text(f"[{HOST}]:{self.port} {key}\n")
        return file

    async def listen(self) -> Any:
        def accept(server: Server) -> asyncssh.SSHServer:
            return Door(server)

        return await asyncssh.listen(
            HOST,
            0,
            server_host_keys=[self.key],
            server_factory=lambda: accept(self),
            sftp_factory=lambda channel: self.serves(channel, chroot=str(self.folder)),
        )

    async def hang_up(self) -> None:
        self.listening.close()
        await self.listening.wait_closed()


class Door(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self.server = server

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.server.passwords.append(password)
        return (username, password) == (Server.user, Server.password)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == Server.user and key == self.server.users_key.convert_to_public()
