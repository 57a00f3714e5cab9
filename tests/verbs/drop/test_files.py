"""Files for tools that read files: whole or not there, counted, hashed, without links (CONNECTORS 6)."""

import codecs
import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from newsletter.feed.connectors import drop_places
from tests.people import People, Tool, later
from tests.tools import Tools, state
from tests.verbs.drop.dropping import FOLDER, manifests, rows


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


def test_each_file_is_a_line_of_the_log_long_after_it_has_been_removed(
    drop: Callable[[], None], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A8.6: by it the tool was told who may not be mailed any more."""
    caplog.set_level("INFO")

    drop()

    [line] = [one.msg for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"] == "file dropped"]
    assert line["file"] == manifests(folder)[0]["file"]


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


def test_a_file_for_excel_holds_what_people_said_of_themselves_in_columns_that_excel_sees(
    tools: Tools, people: People, folder: Path
) -> None:
    people.subscribe("ada@example.org", first_name="Åda")
    tools.declare(FOLDER.format(folder=folder) + 'dialect = "excel"\n')

    tools.push()

    head, row = (folder / manifests(folder)[0]["file"]).read_bytes().splitlines()
    assert head.startswith(codecs.BOM_UTF8 + b"id;email;")
    assert dict(zip(head.decode().split(";"), row.decode().split(";"), strict=True))["first_name"] == "Åda"


def test_a_manifest_says_from_where_the_changes_continue(
    tools: Tools, people: People, folder: Path, tool: Tool
) -> None:
    people.subscribe("ada@example.org")
    tools.declare(FOLDER.format(folder=folder))
    tools.push()
    people.leave("ada@example.org")

    changes = f"nyhedsbrev/changes?after={manifests(folder)[0]['changes_after']}"
    assert [change["kind"] for change in tool.read(changes)] == ["unsubscribed"]
    assert "first fill" not in tools.flask("feed", "status").stdout


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


def test_the_next_file_comes_at_once_when_it_is_asked_for(tools: Tools, people: People, folder: Path) -> None:
    """As after a restore: the newest file holds people of the time that was lost."""
    tools.declare(FOLDER.format(folder=folder))
    tools.push()
    people.subscribe("ada@example.org")

    with later(hours=1):
        assert tools.flask("feed", "retry", "files").stdout == "The next file is due now.\n"
        tools.push()
        tools.push()

    assert [manifest["count"] for manifest in manifests(folder)] == [0, 1]


class Slow(drop_places.Folder):
    """One at which a worker stands still before it looks at what lies there."""

    def __init__(self, path: Path, meanwhile: Callable[[], None]) -> None:
        super().__init__(str(path))
        self.meanwhile = meanwhile

    def names(self) -> list[str]:
        self.meanwhile()
        return super().names()


def test_the_file_of_a_worker_that_stood_still_takes_the_place_of_no_newer_one(
    tools: Tools, people: People, folder: Path
) -> None:
    """Its lease is over, somebody has left since, and another worker has told the tool so."""
    people.subscribe("ada@example.org", "grace@example.org")
    tools.declare(FOLDER.format(folder=folder))
    clock_goes_on = ExitStack()

    def stand_still() -> None:
        people.leave("ada@example.org")
        clock_goes_on.enter_context(later(minutes=2))
        tools.push()

    with tools.declared.app_context(), clock_goes_on:
        [runner] = tools.runners()
        vars(runner.round)["place"] = Slow(folder, stand_still)
        runner.turn()

    assert [row["email"] for row in rows(folder, manifests(folder)[-1])] == ["grace@example.org"]
