"""After a restore from a backup nobody is back (A7.10, PRODUCT 4.9)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from newsletter import access, addresses, journal, outbox, privacy, selfservice, signups, subscriptions
from newsletter.access import Scope
from newsletter.commands.duties import probe, write_journal
from newsletter.commands.worker import deliver
from newsletter.consent import Visit
from newsletter.db import reader, transaction
from newsletter.feed import connectors
from newsletter.subscriptions import Cause, Channel, Subscriber
from tests.kept import faults
from tests.people import People
from tests.servers import Relay
from tests.verbs.journal.restoring import ADA, EDITH, GRACE, MARY, contact_of, lines, status_of, subscription_of

DROP = """
[files]
kind = "folder"
newsletter = "nyhedsbrev"
folder = "{folder}"
format = "ndjson"
"""
WHY = ("--reason", "asked by phone", "--actor", "staff")
HEDY, JOAN = "hedy@example.org", "joan@example.org"


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
    people.subscribe(ADA, GRACE, EDITH, MARY, HEDY, tracking=True)
    grace, edith = contact_of(GRACE), contact_of(EDITH)
    people.ask(JOAN)
    people.inbox.work()
    backup = back_up()
    people.leave(ADA)
    with transaction() as session:
        signups.never_again(session, GRACE, "asked by phone", Visit(ip=None))
    subscriptions.withdraw(edith, ["tracking"], Cause(Channel.MANAGE))
    privacy.erase(contact_of(HEDY), Cause(Channel.STAFF))
    people.confirm(JOAN)
    privacy.erase(contact_of(JOAN), Cause(Channel.STAFF))
    write_journal()

    with restored(backup) as app:
        assert status_of(ADA) == "subscribed"
        assert_it_waits(app, folder)

        told = app.test_cli_runner().invoke(args=["purge", "--after-restore"])

        assert told.exit_code == 0, told.output
        assert "1 suppressed" in told.output.splitlines()[0]
        assert (status_of(ADA), status_of(GRACE), status_of(MARY)) == ("unsubscribed", "unsubscribed", "subscribed")
        with reader() as session:
            assert Subscriber.by_address(session, HEDY) is None
        assert "tracking" not in subscription_of(edith).granted
        assert app.test_cli_runner().invoke(args=["suppressions", "show", GRACE]).output.startswith("Suppressed")
        assert app.test_client().get("/health/ready").status_code == 200
        assert feed(app).status_code == 200
        with reader() as session:
            assert session.query(signups.Signup).count() == 0
        assert subscription_of(grace).is_over
        assert "restored" in {line["kind"] for line in lines(folder)}
        assert (journal.is_restored(), probe()) == (False, 1)


def assert_it_waits(app: Flask, folder: Path) -> None:
    """Until the journal has been replayed it mails nobody, feeds no tool, and says why."""
    ready, refused = app.test_client().get("/health/ready"), feed(app)
    courier = outbox.Courier(selfservice.Author())
    assert deliver(courier) == probe() == 0
    assert (ready.status_code, refused.status_code) == (503, 503)
    assert "purge --after-restore" in ready.get_json()["detail"]
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert compared(app, folder.parent / "theirs.csv").startswith("Error: The database was restored")


def test_no_signup_is_back_that_somebody_cancelled_or_had_erased(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A7.10: nobody had confirmed these addresses, so no evidence tells of them."""
    for address in (ADA, GRACE, MARY):
        people.ask(address)
    people.inbox.work()
    backup = back_up()
    people.press(people.inbox.link(ADA, "cancel"), "cancel")
    privacy.erase_address(GRACE, Cause(Channel.STAFF))
    write_journal()

    with restored(backup) as app:
        told = app.test_cli_runner().invoke(args=["purge", "--after-restore"])

        assert "done again: 2 let_go" in told.output
        with reader() as session:
            assert [signup.address for signup in session.query(signups.Signup)] == [MARY]


def test_no_wish_for_another_address_is_back_that_somebody_stopped_or_had_erased(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A7.10, A8.4: whoever had asked for it may have been somebody else, and holds its link still."""
    wishes = {ADA: "eve@example.net", GRACE: "joan@example.net", MARY: "mary@example.net"}
    for address, new in wishes.items():
        people.subscribe(address)
        to, by_her = addresses.parse(new), Cause(Channel.ME)
        selfservice.change_address(contact_of(address), to, by_her)
    people.inbox.work()
    backup = back_up()
    people.press(people.inbox.link(ADA, "cancel"), "cancel")
    privacy.erase_address("joan@example.net", Cause(Channel.STAFF))
    write_journal()

    with restored(backup) as app:
        told = app.test_cli_runner().invoke(args=["purge", "--after-restore"])

        assert "2 address_change_let_go" in told.output
        with reader() as session:
            assert [wish.address for wish in session.query(selfservice.AddressChange)] == ["mary@example.net"]


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


def test_who_was_restricted_stays_so_unless_it_was_lifted(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """Also of who has left one of two newsletters before it was lifted: restricted is the person, and lifted, too."""
    people.subscribe(ADA, GRACE, MARY)
    people.subscribe(GRACE, slug="webshop")
    backup = back_up()
    for address in (ADA, GRACE, MARY):
        privacy.restrict(contact_of(address), Cause(Channel.STAFF))
    people.leave(GRACE)
    for address in (GRACE, MARY):
        privacy.lift(contact_of(address), Cause(Channel.STAFF))
    privacy.restrict(contact_of(MARY), Cause(Channel.STAFF))
    write_journal()

    with restored(backup):
        privacy.redo()

        assert (status_of(ADA), status_of(GRACE)) == ("restricted", "subscribed unsubscribed")
        assert status_of(MARY) == "restricted"


def test_whoever_was_last_said_to_be_silent_is(people: People, back_up: Callable[[], str], restored: Any) -> None:
    """A7.8: also whose suppression was lifted after the backup, with evidence or without, and who asked anew."""
    people.subscribe(ADA)
    command = people.client.application.test_cli_runner()
    for address in (ADA, GRACE):
        command.invoke(args=["suppressions", "add", address, *WHY])
    backup = back_up()
    for address in (ADA, GRACE):
        command.invoke(args=["suppressions", "lift", address, *WHY])
    command.invoke(args=["suppressions", "add", GRACE, *WHY])
    write_journal()

    with restored(backup) as app:
        assert privacy.redo() == {"suppressed": 1, "suppression_lifted": 1}

        shown = [app.test_cli_runner().invoke(args=["suppressions", "show", one]).output for one in (ADA, GRACE)]
        assert [told.startswith("Suppressed") for told in shown] == [False, True]


def test_what_waits_since_somebody_left_or_for_another_newsletter_waits_on(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """Who signed up again before the backup has said so after they left, whenever the journal was written."""
    people.subscribe(ADA, GRACE)
    people.leave(ADA)
    leave = people.unsubscribe_link(GRACE)
    people.ask(ADA)
    people.ask(GRACE, slug="webshop")
    backup = back_up()
    people.press(leave, "unsubscribe")
    write_journal()

    with restored(backup):
        privacy.redo()

        with reader() as session:
            assert sorted(signup.address for signup in session.query(signups.Signup)) == [ADA, GRACE]


def test_nobody_is_written_to_at_an_address_that_they_had_given_up(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A8.4, A7.10: which one they have now the journal does not know. What the backup has already is left alone."""
    for address, new in ((ADA, "ada@new.example.com"), (GRACE, "grace@new.example.com")):
        people.subscribe(address)
        selfservice.change_address(contact_of(address), addresses.parse(new), Cause(Channel.ME))
    people.confirm("grace@new.example.com")
    backup = back_up()
    people.confirm("ada@new.example.com")
    write_journal()

    with restored(backup):
        assert privacy.redo() == {"address_changed": 1}

        assert (status_of(ADA), status_of("grace@new.example.com")) == ("suspended", "subscribed")
        assert [fault for person in (ADA, "grace@new.example.com") for fault in faults(person)] == []
