"""The journal outlives the database: after a restore from a backup nobody is back (A7.10, PRODUCT 4.9)."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url

from newsletter import access, clock, journal, outbox, privacy, selfservice, signups, subscriptions
from newsletter.access import Scope
from newsletter.commands.worker import deliver, probe, write_journal
from newsletter.config import Settings
from newsletter.consent import Visit
from newsletter.db import db, reader, transaction
from newsletter.errors import JournalUnfit
from newsletter.feed import connectors
from newsletter.journal import JournalEntry, JournalState
from newsletter.subscriptions import Channel, Subscriber, Subscription
from tests.conftest import settings_for
from tests.crowd import Crowd
from tests.people import People, later
from tests.returned import PATTERN
from tests.servers import Postgres, Relay

DROP = """
[files]
kind = "folder"
newsletter = "nyhedsbrev"
folder = "{folder}"
format = "ndjson"
"""
HEDY, JOAN = "hedy@example.org", "joan@example.org"
ADA, GRACE, EDITH, MARY = "ada@example.org", "grace@example.org", "edith@example.org", "mary@example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "other storage"


@pytest.fixture
def settings(database_url: str, relay: Relay, folder: Path) -> Settings:
    return replace(settings_for(database_url, relay.url), journal=str(folder))


@pytest.fixture
def back_up(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Copies the database as it is now; the copy's URL."""

    def copy() -> str:
        db.session.remove()
        db.engine.dispose()
        if database_url.startswith("sqlite"):
            backup = tmp_path / "backup.db"
            now, then = sqlite3.connect(str(make_url(database_url).database)), sqlite3.connect(backup)
            with closing(now), closing(then):
                now.backup(then)
            return f"sqlite:///{backup}"
        server: Postgres = request.getfixturevalue("server")
        return server.create_database(template=str(make_url(database_url).database))

    return copy


@pytest.fixture
def restored(make_app: Callable[..., Flask]) -> Callable[[str], Any]:
    """The service as another process finds it, over a database that was restored."""

    @contextmanager
    def over(url: str) -> Iterator[Flask]:
        app = make_app(database_url=url, inbound_address=PATTERN)
        with app.app_context():
            yield app

    return over


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines() if line]


def status_of(address: str) -> str:
    with reader() as session:
        person = Subscriber.by_address(session, address)
        assert person is not None
        contacts = session.query(Subscription).filter_by(subscriber_id=person.id).all()
        return " ".join(contact.status for contact in contacts)


def waiting() -> int:
    with reader() as session:
        return session.query(JournalEntry).count()


# Writing


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
    with reader() as session:
        journal.folder(JournalState.the_one(session)).append(entries, clock.now().date())
    assert write_journal() == 0, "its claim still holds"

    with later(minutes=1):
        write_journal()

        assert [(line["number"], line["kind"]) for line in lines(folder)] == [(1, "unsubscribed"), (2, "unsubscribed")]
        assert not journal.is_restored()
        assert waiting() == 0


def test_a_worker_that_died_before_it_wrote_loses_nothing(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    journal.writing.claim("dying", 0)  # type: ignore[attr-defined]

    with later(minutes=1):
        write_journal()

    assert [line["number"] for line in lines(folder)] == [1]


def test_a_line_that_was_cut_short_spoils_no_other(people: People, folder: Path) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    write_journal()
    [file] = folder.rglob("acts-*.jsonl")
    with file.open("a") as out:
        out.write('{"number": 2, "ki')
    people.subscribe(GRACE)
    people.leave(GRACE)

    write_journal()

    with reader() as session:
        entries = journal.folder(JournalState.the_one(session)).entries(after=0)
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


def last_written(app: Flask) -> float | None:
    found = re.search(
        r'_last_run_timestamp_seconds\{duty="journal writing"\} (\S+)', app.test_client().get("/metrics").text
    )
    return float(found[1]) if found else None


def test_the_age_of_a_journal_that_is_away_shows_in_the_metrics_and_that_of_none_does_not(
    people: People, make_app: Callable[..., Flask], folder: Path
) -> None:
    app = people.inbox.app
    people.subscribe(ADA)
    people.leave(ADA)
    assert last_written(app) == 0
    write_journal()
    written = last_written(app)
    shutil.move(folder, folder.with_name("elsewhere"))

    with later(minutes=20):
        write_journal()
        assert last_written(app) == written
        assert last_written(make_app(journal=None)) is None


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


# Restored


def feed(app: Flask) -> Any:
    key = access.create("tool", [Scope.FEED_READ], [], None)
    return app.test_client().get("/api/v1/newsletters/nyhedsbrev/changes", headers={"Authorization": f"Bearer {key}"})


def compared(app: Flask, theirs: Path) -> str:
    """What is said of a tool's export in which there is nobody."""
    theirs.write_text("email\n")
    how = ["feed", "reconcile", "--newsletter", "nyhedsbrev", "--file", str(theirs)]
    return app.test_cli_runner().invoke(args=how).output


def test_nobody_is_back_after_a_restore(
    people: People, back_up: Callable[[], str], restored: Any, relay: Relay, folder: Path
) -> None:
    """A7.10, G3."""
    for address in (ADA, GRACE, EDITH, MARY, HEDY):
        people.subscribe(address, tracking=True)
    grace, edith = contact_of(GRACE), contact_of(EDITH)
    people.ask(JOAN)
    people.inbox.work()
    backup = back_up()
    people.leave(ADA)
    with transaction() as session:
        signups.never_again(session, GRACE, "asked by phone", Visit(ip=None))
    subscriptions.withdraw(edith, ["tracking"], channel=Channel.MANAGE, visit=Visit(ip=None))
    privacy.erase(contact_of(HEDY), channel=Channel.STAFF, visit=Visit(ip=None))
    people.confirm(JOAN)
    privacy.erase(contact_of(JOAN), channel=Channel.STAFF, visit=Visit(ip=None))
    write_journal()

    with restored(backup) as app:
        assert status_of(ADA) == "subscribed"
        ready, refused = app.test_client().get("/health/ready"), feed(app)
        courier = outbox.Courier(selfservice.Author())
        assert deliver(courier) == probe() == 0
        assert (ready.status_code, refused.status_code) == (503, 503)
        assert "purge --after-restore" in ready.get_json()["detail"]
        assert refused.mimetype == "application/problem+json"
        assert int(refused.headers["Retry-After"]) > 0

        assert compared(app, folder.parent / "theirs.csv").startswith("Error: The database was restored")

        told = app.test_cli_runner().invoke(args=["purge", "--after-restore"])

        assert told.exit_code == 0, told.output
        assert (status_of(ADA), status_of(GRACE), status_of(MARY)) == ("unsubscribed", "unsubscribed", "subscribed")
        with reader() as session:
            assert Subscriber.by_address(session, HEDY) is None
        assert "tracking" not in subscription(edith).granted
        assert app.test_cli_runner().invoke(args=["suppressions", "show", GRACE]).output.startswith("Suppressed")
        assert app.test_client().get("/health/ready").status_code == 200
        assert feed(app).status_code == 200
        with reader() as session:
            assert session.query(signups.Signup).count() == 0
        assert subscription(grace).is_over
        before = len(lines(folder))
        write_journal()
        assert len(lines(folder)) > before
        assert (journal.is_restored(), probe()) == (False, 1)


def test_no_signup_is_back_that_somebody_cancelled_or_had_erased(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A7.10: nobody had confirmed these addresses, so no evidence tells of them."""
    for address in (ADA, GRACE, MARY):
        people.ask(address)
    people.inbox.work()
    backup = back_up()
    people.press(people.inbox.link(ADA, "cancel"), "cancel")
    privacy.erase_address(GRACE, channel=Channel.STAFF, visit=Visit(ip=None))
    write_journal()

    with restored(backup) as app:
        told = app.test_cli_runner().invoke(args=["purge", "--after-restore"])

        assert "done again: 2 let_go" in told.output
        with reader() as session:
            assert [signup.address for signup in session.query(signups.Signup)] == [MARY]


def test_no_tool_is_fed_from_a_restored_database(
    people: People, back_up: Callable[[], str], restored: Any, tmp_path: Path
) -> None:
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    (tmp_path / "connectors.toml").write_text(DROP.format(folder=dropped))
    people.subscribe(ADA)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup) as app:
        declared = replace(app.config["SETTINGS"], connectors=str(tmp_path / "connectors.toml"))
        [runner] = connectors.runners(declared)
        assert (runner.turn(), list(dropped.iterdir())) == (0, [])

        privacy.redo()
        assert runner.turn() == 1

    [sheet] = dropped.glob("*.ndjson")
    assert ADA not in sheet.read_text()


def contact_of(address: str) -> str:
    with reader() as session:
        person = Subscriber.by_address(session, address)
        assert person is not None
        return Subscription.all_living(session, person.id)[0].id


def subscription(contact_id: str) -> Subscription:
    with reader() as session:
        return session.get_one(Subscription, contact_id)


def test_who_was_restricted_stays_so_unless_it_was_lifted(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
    backup = back_up()
    for address in (ADA, GRACE):
        privacy.restrict(contact_of(address), channel=Channel.STAFF, visit=Visit(ip=None))
    privacy.lift(contact_of(GRACE), channel=Channel.STAFF, visit=Visit(ip=None))
    write_journal()

    with restored(backup):
        privacy.redo()

        assert (status_of(ADA), status_of(GRACE)) == ("restricted", "subscribed")


def test_a_replay_that_died_is_done_again(people: People, back_up: Callable[[], str], restored: Any) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
    backup = back_up()
    people.leave(ADA)
    people.leave(GRACE)
    write_journal()

    with restored(backup):
        _, entries = privacy.restoration.told()  # type: ignore[attr-defined]
        privacy.restoration.redone(entries[0])  # type: ignore[attr-defined]
        assert journal.is_restored()

        assert privacy.redo() == {"unsubscribed": 2}
        assert privacy.redo() == {}
        assert (status_of(ADA), status_of(GRACE)) == ("unsubscribed", "unsubscribed")


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


def test_a_journal_with_a_gap_is_refused(
    people: People, back_up: Callable[[], str], restored: Any, folder: Path
) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
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
    people.subscribe(ADA)
    people.subscribe(GRACE)
    backup = back_up()
    people.leave(ADA)
    write_journal()

    with restored(backup) as app:
        signups.leave(contact_of(GRACE), channel=Channel.STAFF, visit=Visit(ip=None))
        assert write_journal() == 0
        assert len(lines(folder)) == 1
        assert last_written(app) == 0

        privacy.redo()
        write_journal()

        assert len(lines(folder)) == 4
        assert last_written(app) != 0


def test_a_suppression_and_its_lifting_are_journaled_with_their_hash_alone(people: People, folder: Path) -> None:
    run = people.inbox.app.test_cli_runner().invoke
    for what in ("add", "lift"):
        run(args=["suppressions", what, ADA, "--reason", "Ada Lovelace phoned", "--actor", "Grace"])

    write_journal()

    assert [line["kind"] for line in lines(folder)] == ["suppressed", "suppression_lifted"]
    assert "lovelace" not in "".join(file.read_text() for file in folder.rglob("*.jsonl")).lower()
