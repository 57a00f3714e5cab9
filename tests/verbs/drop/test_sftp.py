"""Files by SFTP: to the server that is known alone, as whoever we are to be there, and whole."""

import hashlib
from pathlib import Path

import asyncssh
import pytest

from tests.people import People, later
from tests.sftp import SFTP, Server
from tests.tools import Tools, state
from tests.verbs.drop.dropping import manifests, rows

GUARDED = """\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA8Qf/fV3
dhZzDwaloi4V4UAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIGyOnLBsg8d07ESO
DcNMy52H8pVFHdRD6cOJbzUNwOz8AAAAkBUtUARcHa3b/5vZpGaEwmpwSlXI+i3oDxQ/8N
v/KlPbg2VeKPUqPeNkcG8Wpc/zFr0OBj285dnrn7Nd6xNPvxmfPSJzJ89vTA+A/RSIY42C
Dol7pVchlcFHAQgI5NhgCFShCICQtOonIhla5GBlWEGCsfuEy8/RuaMBOkhV2+5k+4JkXQ
fI8SaKQH2tAgIb1g==
-----END OPENSSH PRIVATE KEY-----
"""
"""A key that opens nothing, with a passphrase as `ssh-keygen` sets it by default: that takes a library of its own."""


def test_files_are_dropped_by_sftp(tools: Tools, people: People, folder: Path, tmp_path: Path) -> None:
    people.subscribe("ada@example.org")
    with Server(folder) as server:
        tools.declare(SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path)), files=server.password)
        tools.push()

    [manifest] = manifests(folder)
    assert [row["email"] for row in rows(folder, manifest)] == ["ada@example.org"]
    assert manifest["sha256"] == hashlib.sha256((folder / manifest["file"]).read_bytes()).hexdigest()
    assert len(list(folder.iterdir())) == 2
    assert [file for file in folder.iterdir() if file.stat().st_mode & 0o007] == []  # nobody else who has a user there


class KeepsAll(asyncssh.SFTPServer):  # an incoming folder as tools have it
    def remove(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("not permitted")


class IsQuicker(asyncssh.SFTPServer):  # the tool has just taken the file away itself
    def remove(self, path: bytes) -> None:
        raise asyncssh.SFTPNoSuchFile("no such file")


@pytest.mark.parametrize(("serves", "is_mended"), [(KeepsAll, False), (IsQuicker, True)])
def test_a_server_where_nothing_can_be_removed_gets_no_more_files_for_that(
    tools: Tools, people: People, folder: Path, tmp_path: Path, serves: type[asyncssh.SFTPServer], is_mended: bool
) -> None:
    people.subscribe("ada@example.org")
    (folder / "in").mkdir()
    with Server(folder, serves) as server:
        declared = SFTP.format(url=f"{server.url}~/in", known_hosts=server.known_hosts(tmp_path))
        tools.declare(f"{declared}keep = 1\n", files=server.password)

        for hours in (0, 25, 26, 27):
            with later(hours=hours):
                tools.push()
                if hours == 25:
                    assert state("files").misconfigured is not is_mended

    assert len(manifests(folder / "in")) == 2


def test_a_server_whose_key_is_not_the_known_one_is_sent_nothing(
    tools: Tools, people: People, folder: Path, tmp_path: Path
) -> None:
    """Nor is it told the password."""
    people.subscribe("ada@example.org")
    with Server(folder) as known, Server(folder) as other:
        file = other.known_hosts(tmp_path, key_of=known)
        tools.declare(SFTP.format(url=other.url, known_hosts=file), files=other.password)
        tools.push()

        assert other.passwords == []
    assert list(folder.iterdir()) == []
    assert state("files").misconfigured


def test_a_wrong_password_stops_the_connector_and_a_server_that_is_away_is_waited_for(
    tools: Tools, folder: Path, tmp_path: Path
) -> None:
    with Server(folder) as server:
        declared = SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path))
        tools.declare(declared, files="another one")
        tools.push()
        assert state("files").misconfigured

    tools.declare(declared, files=server.password)
    with later(minutes=6):
        tools.push()
    assert state("files").troubles == 1


@pytest.mark.parametrize(
    ("passphrase", "is_known", "is_let_in"),
    [("open sesame", True, True), ("another one", True, False), ("open sesame", False, False)],
)
def test_a_key_of_ours_lets_us_in_and_its_passphrase_is_told_to_nobody(
    tools: Tools, folder: Path, tmp_path: Path, passphrase: str, is_known: bool, is_let_in: bool
) -> None:
    key_file = tmp_path / "id_ecdsa"
    with Server(folder) as server, Server(folder) as another:
        key = (server if is_known else another).users_key
        key.write_private_key(key_file, "pkcs8-pem", passphrase="open sesame")
        declared = SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path))
        tools.declare(f'{declared}key_file = "{key_file}"\n', files=passphrase)
        tools.push()

    assert len(manifests(folder)) == is_let_in
    assert state("files").misconfigured is not is_let_in
    assert server.passwords == []


def test_a_key_that_cannot_be_read_stops_the_connector(tools: Tools, folder: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "id_ed25519"
    key_file.write_text(GUARDED)
    with Server(folder) as server:
        declared = SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path))
        tools.declare(f'{declared}key_file = "{key_file}"\n', files="open sesame")
        tools.push()

    assert state("files").misconfigured


def test_a_key_that_is_not_there_stops_the_connector(tools: Tools, folder: Path, tmp_path: Path) -> None:
    with Server(folder) as server:
        declared = SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path))
        tools.declare(f'{declared}key_file = "{tmp_path}/id_rsa"\n', files="open sesame")
        tools.push()

    assert state("files").misconfigured
    assert "key_file" in (state("files").answer or "")


def test_a_file_of_known_servers_that_is_not_there_stops_the_connector(tools: Tools, tmp_path: Path) -> None:
    tools.declare(SFTP.format(url="sftp://newsletter@127.0.0.1:1/", known_hosts=tmp_path / "none"), files="a password")

    tools.push()

    assert "known_hosts" in (state("files").answer or "")
    assert state("files").misconfigured


class IsOld(asyncssh.SFTPServer):  # it knows no renaming as POSIX does it
    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("not supported")


def test_files_are_dropped_on_an_old_server_too(tools: Tools, people: People, folder: Path, tmp_path: Path) -> None:
    people.subscribe("ada@example.org")
    with Server(folder, IsOld) as server:
        tools.declare(SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path)), files=server.password)
        tools.push()

    [manifest] = manifests(folder)
    assert len(rows(folder, manifest)) == 1
    assert len(list(folder.iterdir())) == 2
