"""The journal: what reduces is in it within a minute, by id and keyed hash (A7.10, PRODUCT 4.9)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from newsletter import clock, journal, privacy
from newsletter.commands.duties import anchor_all, write_journal
from newsletter.db import reader
from newsletter.journal import JournalEntry, JournalState
from tests.crowd import Crowd
from tests.people import People, later
from tests.verbs.journal.restoring import ADA, EDITH, GRACE, MARY, lines


def waiting() -> int:
    with reader() as session:
        return session.query(JournalEntry).count()


def test_who_leaves_is_in_the_journal_by_id_and_keyed_hash_and_nothing_in_clear(people: People, folder: Path) -> None:
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA, first_name="Augusta")
    people.leave(ADA)
    assert waiting() == 1

    write_journal()

    [line] = lines(folder)
    assert (line["number"], line["kind"], line["newsletter"], line["facts"]["channel"]) == (
        1,
        "unsubscribed",
        "nyhedsbrev",
        "page",
    )
    assert len(line["contact"]) == 24
    assert len(line["who"].partition(".")[2]) == 64
    written = "".join(file.read_text() for file in folder.rglob("*.jsonl")).lower()
    assert not [trace for trace in ("ada@", "augusta", "192.0.2") if trace in written]
    assert waiting() == 0


def test_what_was_written_is_not_written_again(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)

    write_journal()
    write_journal()

    assert len(lines(folder)) == 1


def test_only_what_reduces_is_journaled(people: People, folder: Path) -> None:
    people.subscribe(ADA, tracking=True)
    people.ask(GRACE)

    write_journal()

    assert lines(folder) == []


def test_several_workers_write_everything_and_nothing_twice(people: People, folder: Path, crowd: Crowd) -> None:
    for address in (ADA, GRACE, EDITH, MARY):
        people.subscribe(address)
        people.leave(address)

    crowd.do(*[write_journal] * 4)
    write_journal()

    numbers = [line["number"] for line in lines(folder)]
    assert sorted(numbers) == [1, 2, 3, 4]


def test_a_worker_that_died_before_it_marked_what_it_wrote_costs_a_repetition(people: People, folder: Path) -> None:
    """Nothing is lost, whatever dies when; what stands there twice is done again twice, which changes nothing."""
    people.subscribe(ADA)
    people.leave(ADA)
    entries, _ = journal.writing.claim("dying", 0)  # type: ignore[attr-defined]
    journal.folder(JournalState.now()).append(entries, clock.now().date())
    assert write_journal() == 0, "its claim still holds"

    with later(minutes=1):
        write_journal()

        assert [(line["number"], line["kind"]) for line in lines(folder)] == [(1, "unsubscribed"), (2, "unsubscribed")]
        assert not journal.is_restored()
        assert waiting() == 0


def test_where_one_of_the_two_files_cannot_be_written_no_number_is_left_out(people: People, folder: Path) -> None:
    """A gap would be taken for a file that was lost. Anchors have a file of their own."""
    people.subscribe(ADA)
    anchor_all()
    people.leave(ADA)
    anchors = journal.folder(JournalState.now()).path / "anchors.jsonl"
    anchors.symlink_to(folder / "nowhere" / "at all")

    assert write_journal() == 0
    anchors.unlink()
    with later(minutes=1):
        write_journal()

    assert sorted((line["number"], line["kind"]) for line in lines(folder)) == [(1, "anchor"), (2, "unsubscribed")]


def test_a_claim_by_a_clock_that_was_ahead_holds_nobody_up(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    with later(days=2):
        journal.writing.claim("dying", 0)  # type: ignore[attr-defined]

    write_journal()

    assert [line["number"] for line in lines(folder)] == [1]


def test_a_claim_by_a_clock_that_is_a_little_ahead_holds(people: People, folder: Path) -> None:
    """Clocks of two machines are never quite equal, and the journal has one writer at a time."""
    people.subscribe(ADA)
    people.leave(ADA)
    with later(seconds=5):
        journal.writing.claim("another", 0)  # type: ignore[attr-defined]

    assert write_journal() == 0


def test_a_worker_that_died_before_it_wrote_loses_nothing(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    journal.writing.claim("dying", 0)  # type: ignore[attr-defined]

    with later(minutes=1):
        write_journal()

    assert [line["number"] for line in lines(folder)] == [1]


@pytest.mark.parametrize(
    "line",
    [
        '{"number": 2, "ki',
        '{"number": 2, "kind": "unsubscribed", "at": "0001-01-01T00:00:00+05:00"}',
        '{"number": 1e999, "kind": "unsubscribed", "at": "2026-11-23T09:00:00+00:00"}',
        "[" * 100_000,
    ],
    ids=["cut short", "before all time", "beyond all numbers", "nested"],
)
def test_a_line_that_cannot_be_read_spoils_no_other(people: People, folder: Path, line: str) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    write_journal()
    [file] = folder.rglob("acts-*.jsonl")
    with file.open("a") as out:
        out.write(line)
    people.subscribe(GRACE)
    people.leave(GRACE)

    write_journal()

    entries = journal.folder(JournalState.now()).entries(after=0)
    assert [entry.number for entry in entries] == [1, 2]


def test_storage_that_is_away_stops_nothing_but_the_journal(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    write_journal()
    shutil.move(folder, folder.with_name("elsewhere"))
    people.subscribe(GRACE)
    people.leave(GRACE)

    assert write_journal() == 0
    assert (waiting(), folder.exists()) == (1, False)

    shutil.move(folder.with_name("elsewhere"), folder)
    assert write_journal() == 1


def test_without_a_journal_what_waits_is_forgotten_when_no_backup_can_need_it(
    people: People, make_app: Callable[..., Flask]
) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    with make_app(journal=None).app_context():
        assert (write_journal(), privacy.RULES["journal"](), waiting()) == (0, 0, 1)
        with later(days=36):
            assert privacy.RULES["journal"]() == 1


def test_acts_are_forgotten_when_no_backup_can_need_them(people: People, folder: Path) -> None:
    for days in (0, 1, 40):
        with later(days=days):
            people.subscribe(f"ada{days}@example.org")
            people.leave(f"ada{days}@example.org")
            write_journal()

    with later(days=40):
        assert privacy.RULES["journal"]() == 2
        assert len(list(folder.rglob("acts-*.jsonl"))) == 1


def test_the_names_of_the_files_are_on_disk_before_anything_is_taken_for_written(
    people: People, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a file that a worker has begun which died before it came to that; and of the journal's own folder."""
    synced: list[str] = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    people.subscribe(ADA, GRACE)
    people.leave(ADA)
    write_journal()
    [file] = folder.rglob("acts-*.jsonl")
    assert synced == [str(path) for path in (folder.parent, folder, file, file.parent)]
    file.write_bytes(b"")
    synced.clear()

    people.leave(GRACE)
    write_journal()

    assert synced == [str(file), str(file.parent)]
