"""A journal that is late, or away, or takes nothing, shows (A7.10, G1)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from newsletter import clock, journal
from newsletter.commands.duties import anchor_all, write_journal
from newsletter.commands.rules import forget
from newsletter.journal import JournalState
from newsletter.journal.files import Folder
from tests.people import People, later
from tests.verbs.journal.restoring import ADA, last_done


def test_the_doctor_tells_of_a_journal_that_is_behind_or_away(people: People, folder: Path) -> None:
    def told() -> str:
        lines = people.inbox.app.test_cli_runner().invoke(args=["doctor"]).stdout.splitlines()
        [line] = [line for line in lines if "journal:" in line]
        return line

    people.subscribe(ADA)
    people.leave(ADA)
    assert told().startswith("ok")
    with later(minutes=6):
        assert told().startswith("FAIL")
        assert "is behind" in told()
        write_journal()
        assert told().startswith("ok")
    shutil.move(folder, folder.with_name("elsewhere"))
    assert "cannot be used" in told()


def test_what_is_dated_long_ago_has_not_waited_since(people: People) -> None:
    """A suppression is lifted, and given another reason, with the instant that it began at."""
    app = people.inbox.app
    people.subscribe(ADA)
    app.test_cli_runner().invoke(args=["suppressions", "add", ADA, "--reason", "asked", "--actor", "Joan"])
    with later(days=3):
        write_journal()
        app.test_cli_runner().invoke(args=["suppressions", "lift", ADA, "--reason", "asked", "--actor", "Joan"])

        assert "is written, and the database is as new as it is" in app.test_cli_runner().invoke(args=["doctor"]).stdout
    with later(days=3, minutes=6):
        assert "is behind" in app.test_cli_runner().invoke(args=["doctor"]).stdout


def test_the_age_of_a_journal_that_takes_nothing_shows_in_the_metrics(people: People, folder: Path) -> None:
    """Also while what the try before has claimed is out of reach."""
    app = people.inbox.app
    people.subscribe(ADA)
    anchor_all()
    anchors = journal.folder(JournalState.now()).path / "anchors.jsonl"
    anchors.symlink_to(folder / "nowhere" / "at all")

    for seconds in (0, 20, 50):
        with later(seconds=seconds):
            write_journal()
            assert last_done(app) == 0

    anchors.unlink()
    with later(seconds=100):
        write_journal()
        assert last_done(app)


def test_a_journal_that_takes_too_long_to_be_read_is_not_written_and_that_shows(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By then another worker may have taken over."""
    people.subscribe(ADA)
    anchor_all()
    now, last, late = clock.monotonic, Folder.last, [0.0]

    def slow(folder: Folder) -> int:
        late[0] += 31
        return last(folder)

    with monkeypatch.context() as storage:
        storage.setattr(clock, "monotonic", lambda: now() + late[0])
        storage.setattr(Folder, "last", slow)
        write_journal()

    assert "the storage took too long to be read" in caplog.text
    assert last_done(people.inbox.app) == 0
    with later(seconds=100):
        write_journal()
        assert last_done(people.inbox.app)


def test_the_age_of_a_journal_that_is_away_shows_in_the_metrics_and_that_of_none_does_not(
    people: People, make_app: Callable[..., Flask], folder: Path
) -> None:
    app = people.inbox.app
    people.subscribe(ADA)
    people.leave(ADA)
    assert last_done(app) == 0
    write_journal()
    written = last_done(app)
    shutil.move(folder, folder.with_name("elsewhere"))

    with later(minutes=20):
        write_journal()
        assert last_done(app) == written
        assert last_done(make_app(journal=None)) is None


def test_a_journal_whose_path_is_misspelt_is_not_begun(
    people: People, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app(journal=str(tmp_path / "misspelt" / "journal"))

    with app.app_context():
        write_journal()
        told = app.test_cli_runner().invoke(args=["doctor"]).stdout

    assert "FAIL  journal: The journal cannot be used: there is no folder" in told
    assert "NEWSLETTER_JOURNAL may be misspelt" in told
    assert not (tmp_path / "misspelt").exists()


def test_that_old_acts_could_not_be_deleted_shows_in_the_metrics(people: People, folder: Path) -> None:
    """A4, G1. The other rules go on."""
    app = people.inbox.app
    people.subscribe(ADA)
    people.leave(ADA)
    write_journal()
    shutil.move(folder, folder.with_name("elsewhere"))

    forget()

    assert last_done(app, "journal") == 0
    assert last_done(app, "reads")
    shutil.move(folder.with_name("elsewhere"), folder)
    forget()
    assert last_done(app, "journal")
