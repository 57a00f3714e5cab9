"""A restored database catches up with its journal, whatever comes between (A7.10, PRODUCT 4.9)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from newsletter import journal, privacy, signups
from newsletter.commands.duties import write_journal
from newsletter.config import SecretKey
from newsletter.db import transaction
from newsletter.errors import JournalUnfit
from newsletter.journal import Entry
from newsletter.journal.files import Folder
from newsletter.subscriptions import Cause, Channel
from tests.conftest import ROOT, Run
from tests.people import People, later
from tests.verbs.anchors.evidence import a_day_s_work
from tests.verbs.journal.restoring import ADA, GRACE, contact_of, last_done, lines, status_of


def test_a_replay_that_died_is_done_again(people: People, back_up: Callable[[], str], restored: Any) -> None:
    people.subscribe(ADA, GRACE)
    backup = back_up()
    people.leave(ADA)
    people.leave(GRACE)
    write_journal()

    with restored(backup):
        _, entries = privacy.restoration.read_journal()  # type: ignore[attr-defined]
        privacy.restoration.redone(entries[0])  # type: ignore[attr-defined]
        assert journal.is_restored()

        assert privacy.redo() == {"unsubscribed": 2}
        assert privacy.redo() == {}
        assert (status_of(ADA), status_of(GRACE)) == ("unsubscribed", "unsubscribed")


def test_what_was_lost_is_told_as_such_from_the_replay_on(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """No worker has written to the journal yet, and the anchor of the lost day is missed by nobody."""
    people.subscribe(ADA)
    write_journal()
    backup = back_up()
    a_day_s_work()

    with restored(backup) as app:
        run = app.test_cli_runner().invoke
        before = run(args=["evidence", "verify", "--all"])
        run(args=["purge", "--after-restore"])
        after = run(args=["evidence", "verify", "--all"])

    assert "anchor 1 of " in before.stdout
    assert (before.exit_code, after.exit_code) == (1, 0), after.output


def test_a_replay_without_a_key_that_is_needed_is_refused(
    people: People, back_up: Callable[[], str], make_app: Callable[..., Flask]
) -> None:
    """By the journal's check values it would find nobody, and have the service go on as if nobody had left."""
    people.subscribe(ADA)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    forgetful = make_app(database_url=backup, secret_keys=(SecretKey(secret="another key, as some shell may have it"),))
    with forgetful.app_context():
        told = forgetful.test_cli_runner().invoke(args=["purge", "--after-restore"])
        assert journal.is_restored()

    assert told.exit_code == 1
    assert "NEWSLETTER_SECRET_KEYS: lacks a key" in told.stderr


def test_every_process_goes_on_as_soon_as_one_has_replayed(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A7.10: the command is a process of its own, and the feed opens with its end."""
    people.subscribe(ADA)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup) as web:
        assert journal.is_restored()
        with restored(backup):
            privacy.redo()
        with web.app_context():
            assert not journal.is_restored()


def test_what_a_worker_writes_while_the_journal_is_read_is_not_done_again(
    people: People, run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Over a database that was not restored: nothing is lost there, and what was taken back since stays so."""
    run("suppressions", "add", ADA)
    entries = Folder.entries

    def slow(folder: Folder, after: int) -> list[Entry]:
        write_journal()
        run("suppressions", "lift", ADA)
        return entries(folder, after)

    with monkeypatch.context() as storage:
        storage.setattr(Folder, "entries", slow)
        assert privacy.redo() == {}

    write_journal()
    assert run("suppressions", "show", ADA).stdout == "Not suppressed.\n"
    assert [line["kind"] for line in lines(folder)] == ["suppressed", "suppression_lifted"]


def test_a_journal_with_a_gap_is_refused(
    people: People, back_up: Callable[[], str], restored: Any, folder: Path
) -> None:
    people.subscribe(ADA, GRACE)
    backup = back_up()
    people.leave(ADA)
    write_journal()
    for file in folder.rglob("acts-*.jsonl"):
        file.write_text("")
    people.leave(GRACE)
    write_journal()

    with restored(backup) as app:
        with pytest.raises(JournalUnfit, match="lacks the entries 1 to 1"):
            privacy.redo()
        assert journal.is_restored()
        told = app.test_cli_runner().invoke(args=["purge", "--after-restore", "--despite-gaps"])
        assert (told.exit_code, status_of(GRACE)) == (0, "unsubscribed")


def test_a_database_is_known_for_restored_although_a_clock_was_ahead_for_a_while(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """The newest file by its name is not the one that was written last."""
    people.subscribe(ADA, GRACE)
    with later(days=40):
        people.leave(GRACE)
        write_journal()
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup):
        assert journal.is_restored()
        assert privacy.redo() == {"unsubscribed": 1}
        assert status_of(ADA) == "unsubscribed"


def test_a_database_as_new_as_its_journal_is_not_restored(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    write_journal()

    with restored(back_up()) as app:
        assert not journal.is_restored()
        assert "nothing" in app.test_cli_runner().invoke(args=["purge", "--after-restore"]).output


def test_a_restored_database_writes_nothing_into_its_journal_until_it_has_caught_up(
    people: People, back_up: Callable[[], str], restored: Any, folder: Path
) -> None:
    people.subscribe(ADA, GRACE)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup) as app:
        signups.leave(contact_of(GRACE), Cause(Channel.STAFF))
        assert write_journal() == 0
        assert len(lines(folder)) == 1
        assert last_done(app) == 0

        privacy.redo()
        write_journal()

        assert len(lines(folder)) == 4
        assert last_done(app) != 0


def test_a_suppression_and_its_lifting_are_journaled_with_their_hash_alone(people: People, folder: Path) -> None:
    run = people.inbox.app.test_cli_runner().invoke
    for what in ("add", "lift"):
        run(args=["suppressions", what, ADA, "--reason", "Ada Lovelace phoned", "--actor", "Grace"])

    write_journal()

    assert [line["kind"] for line in lines(folder)] == ["suppressed", "suppression_lifted"]
    assert "lovelace" not in "".join(file.read_text() for file in folder.rglob("*.jsonl")).lower()


def test_a_backup_from_before_there_were_journals_is_told_of_and_caught_up_by_the_name_of_its_journal(
    people: People, back_up: Callable[[], str], restored: Any, folder: Path
) -> None:
    """docs/how-to/back-up-and-restore.md: the upgrade of such a backup gives it a name that no folder has."""
    people.subscribe(ADA)
    backup = back_up()
    people.leave(ADA)
    write_journal()
    (mine,) = folder.iterdir()

    with restored(backup) as app:
        flask_migrate.downgrade(str(ROOT / "migrations"), "0016")
        flask_migrate.upgrade(str(ROOT / "migrations"))
        run = app.test_cli_runner().invoke
        told = next(line for line in run(args=["doctor"]).stdout.splitlines() if " journal:" in line)
        with transaction() as session:
            session.execute(text("UPDATE journal SET name = :name"), {"name": mine.name})
        journal.look_again()

        assert told.startswith("warn") and mine.name in told
        assert app.test_client().get("/health/ready").status_code == 503
        assert run(args=["purge", "--after-restore"]).exit_code == 0
        assert status_of(ADA) == "unsubscribed"
        assert run(args=["doctor"]).stdout.splitlines()[-1].startswith("ok")
