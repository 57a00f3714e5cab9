"""Files for tools that read files: whole or not there, counted, hashed, without links (CONNECTORS 6)."""

import csv
import errno
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

import asyncssh
import pytest

from newsletter.feed.connectors import drop_places
from tests.people import People, later
from tests.sftp import Server
from tests.tools import Tools, state

FOLDER = """
[files]
kind = "folder"
newsletter = "nyhedsbrev"
folder = "{folder}"
"""
SFTP = """
[files]
kind = "sftp"
newsletter = "nyhedsbrev"
url = "{url}"
known_hosts = "{known_hosts}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dropped"
    made.mkdir()
    return made


def manifests(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def rows(folder: Path, manifest: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / manifest["file"]).read_text(), newline="")))


def test_a_file_holds_who_may_be_mailed_and_its_manifest_says_that_it_is_whole(
    tools: Tools, people: People, folder: Path
) -> None:
    people.subscribe("ada@example.org")
    people.ask("grace@example.org")
    people.subscribe("hedy@example.org")
    people.leave("hedy@example.org")
    tools.declare(FOLDER.format(folder=folder))

    tools.push()

    [manifest] = manifests(folder)
    whole = (folder / manifest["file"]).read_bytes()
    assert [row["email"] for row in rows(folder, manifest)] == ["ada@example.org"]
    assert (manifest["count"], manifest["bytes"]) == (1, len(whole))
    assert manifest["sha256"] == hashlib.sha256(whole).hexdigest()
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_file_that_lies_about_lets_nobody_end_a_subscription(
    tools: Tools, people: People, folder: Path, form: str
) -> None:
    people.subscribe("ada@example.org")
    tools.declare(FOLDER.format(folder=folder) + f'format = "{form}"\n')

    tools.push()

    [manifest] = manifests(folder)
    text = (folder / manifest["file"]).read_text()
    assert "ada@example.org" in text
    assert "unsubscribe" not in text.lower()


def test_links_are_in_it_where_the_operator_wants_them(tools: Tools, people: People, folder: Path) -> None:
    people.subscribe("ada@example.org")
    tools.declare(FOLDER.format(folder=folder) + "links = true\n")

    tools.push()

    assert "/unsubscribe/" in rows(folder, manifests(folder)[0])[0]["unsubscribe_url"]


def test_the_next_file_comes_when_it_is_time_and_old_ones_go(tools: Tools, people: People, folder: Path) -> None:
    """What others drop into the same folder stays, also of a newsletter whose name begins like this one's."""
    others = [f"nyhedsbrev-intern-20260101T000000Z.{form}" for form in ("csv", "csv.json")]
    others += [".nyhedsbrev-20260101T000000Z.ndjson.part"]
    for name in others:
        (folder / name).write_text("theirs")
    people.subscribe("ada@example.org")
    tools.declare(FOLDER.format(folder=folder) + "every = 6\nkeep = 2\n")

    for hours in (0, 5, 6.1, 12.3):
        with later(hours=hours):
            tools.push()

    left = {file.name for file in folder.iterdir()} - {*others}
    assert len(left) == 4
    assert all((folder / name.removesuffix(".json")).exists() for name in left)
    assert len(list(folder.iterdir())) == 4 + len(others)
    assert state("files").done == 3


def test_what_a_dead_worker_left_half_written_is_removed(tools: Tools, people: People, folder: Path) -> None:
    (folder / ".nyhedsbrev-20260101T000000Z.csv.part").write_text("half a li")
    (folder / "another.txt").write_text("not ours")
    tools.declare(FOLDER.format(folder=folder))

    tools.push()

    assert not list(folder.glob(".*"))
    assert (folder / "another.txt").exists()


def test_what_a_full_disk_cuts_off_does_not_keep_it_full(
    tools: Tools, people: People, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.subscribe("ada@example.org")
    tools.declare(FOLDER.format(folder=folder))

    def full(file: BinaryIO, block: bytes) -> None:
        file.write(block[:10])
        raise OSError(errno.ENOSPC, "")

    with monkeypatch.context() as patch:
        patch.setattr(drop_places, "write_whole", full)
        tools.push()

    assert list(folder.iterdir()) == []
    assert "No space" in (state("files").answer or "")
    with later(minutes=1):
        tools.push()
    assert len(manifests(folder)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_stops_the_connector(tools: Tools, folder: Path) -> None:
    folder.chmod(0o500)
    tools.declare(FOLDER.format(folder=folder))

    tools.push()

    assert state("files").misconfigured


def test_a_folder_that_is_not_there_stops_the_connector_until_it_is(tools: Tools, people: People, folder: Path) -> None:
    folder.rmdir()
    tools.declare(FOLDER.format(folder=folder))
    tools.push()
    assert state("files").misconfigured

    folder.mkdir()
    with later(minutes=6):
        tools.push()

    assert len(manifests(folder)) == 1
    assert not state("files").misconfigured


def test_a_connector_of_files_has_no_list_that_could_be_read(tools: Tools, folder: Path) -> None:
    tools.declare(FOLDER.format(folder=folder))

    told = tools.flask("feed", "reconcile", "files")

    assert told.exit_code == 1
    assert "--file" in told.stderr


# By SFTP


def test_files_are_dropped_by_sftp(tools: Tools, people: People, folder: Path, tmp_path: Path) -> None:
    people.subscribe("ada@example.org")
    with Server(folder) as server:
        tools.declare(SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path)), files=server.password)
        tools.push()

    [manifest] = manifests(folder)
    assert [row["email"] for row in rows(folder, manifest)] == ["ada@example.org"]
    assert manifest["sha256"] == hashlib.sha256((folder / manifest["file"]).read_bytes()).hexdigest()
    assert len(list(folder.iterdir())) == 2


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
