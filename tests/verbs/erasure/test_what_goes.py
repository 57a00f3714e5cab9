"""Erasure: a person goes from every table, file and queue (PRODUCT 4.9; A7, A8)."""

import json
from base64 import encodebytes
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import select

from newsletter import addresses, feed, mailboxes, privacy, selfservice
from newsletter.changes import Cursor
from newsletter.commands.duties import look_through_mail
from newsletter.consent import Visit
from newsletter.db import Base, db
from newsletter.errors import ContactUnknown
from newsletter.subscriptions import Cause, Channel, Subscriber
from tests.conftest import Contents
from tests.kept import acts, faults, kinds, subscriber_id
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.verbs.erasure.searching import ADA, GRACE, IP, NAME, STAFF, contact_ids, found

EVE = "eve@example.org"


@pytest.mark.parametrize("cause", [STAFF, Cause(Channel.ME, Visit(ip=IP))])
def test_nothing_of_the_person_is_left_outside_of_the_locked_proof(ada: str, inbox: Inbox, cause: Cause) -> None:
    """A7.6: every table and column, in clear, Base64 and hex."""
    assert len(set(found([ADA, NAME, IP]))) > 8

    privacy.erase(ada, cause)

    assert found([ADA, NAME, IP], but_for={"evidence_values"}) == []
    assert found([NAME, IP]) == []


def test_nothing_is_left_that_letters_and_wishes_were_counted_by(ada: str, contents: Callable[[], Contents]) -> None:
    """A7.6, A7.9: keyed hashes of the address and of the person."""
    selfservice.change_address(ada, addresses.parse("ada@new.example.com"), STAFF)
    assert contents()["letter_hits"] != []

    privacy.erase(ada, STAFF)

    assert contents()["letter_hits"] == []


def test_each_erasure_is_a_line_of_the_log_that_says_who_did_it(
    ada: str, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    """D4.11: of whom nobody had confirmed there is no evidence that could say it."""
    both = contact_ids()
    people.ask(GRACE)
    caplog.set_level("INFO")
    privacy.erase(ada, STAFF)
    privacy.erase_address(GRACE, STAFF)

    told = [line.msg for line in caplog.records if isinstance(line.msg, dict) and line.msg["event"] == "erased"]
    assert [(line["contacts"], line["channel"], line["actor"]) for line in told] == [
        (both, "staff", "Grace"),
        ([], "staff", "Grace"),
    ]
    assert ADA not in str(told)


def test_nothing_is_left_after_the_worker_has_been_round_either(ada: str, inbox: Inbox, relay: Relay) -> None:
    before = len(relay.letters)
    for sender in (ADA.upper(), GRACE):
        mailboxes.set_aside(f"From: <{sender}>\nSubject: stop\n\nplease".encode(), "a test")
    mailboxes.set_aside(b"Subject: stop\n\n" + encodebytes(f"Forget {ADA}, please".encode()), "a test")
    privacy.erase(ada, STAFF)

    with later(days=1):
        inbox.work()
        assert look_through_mail() == 2
        for forget in privacy.RULES.values():
            forget()

    assert len(relay.letters) == before
    assert found([ADA, NAME, IP], but_for={"evidence_values"}) == []
    assert found([GRACE]) == ["mails_aside.raw"]


def test_of_an_address_that_nobody_confirmed_no_mail_is_kept_either(people: People) -> None:
    """Whoever only wrote to us is told that nothing is kept, too."""
    people.ask(GRACE)
    for sender in (GRACE, EVE):
        mailboxes.set_aside(f"From: <{sender}>\nSubject: stop\n\nplease".encode(), "a test")

    for address in (GRACE, EVE):
        assert privacy.erase_address(address, STAFF).until is None
        with pytest.raises(ContactUnknown):
            privacy.erase_address(address, STAFF)

    assert found([GRACE, EVE]) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_shows_what_its_tables_no_longer_hold(ada: str, app: Flask, database_url: str) -> None:
    """Whoever reads meanwhile is not waited for; the next round does it."""
    file = Path(str(sqlalchemy.make_url(database_url).database))
    privacy.erase(ada, STAFF)
    assert in_files(file, [NAME, IP])

    with db.engine.connect() as export:
        export.execute(select(Subscriber.id)).all()
        assert app.test_cli_runner().invoke(args=["purge"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["purge"]).exit_code == 0

    assert in_files(file, [NAME, IP]) == []


def in_files(database: Path, traces: list[str]) -> list[str]:
    """The database's file, its log and its index that hold one of these."""
    files = database.parent.glob(f"{database.name}*")
    return [file.name for file in files if any(trace.encode() in file.read_bytes() for trace in traces)]


HANGS_ON_NOBODY_ANY_MORE = {
    "copies": "what a tool holds by its own id, until the tool has erased it too; then it goes",
    "evidence": "ids alone: the chain of the locked proof",
    "evidence_values": "the locked proof itself",
    "locked_proofs": "leads to it",
    "removed_chains": "an id and a hash, of a chain that is gone",
    "changes": "ids, and for 35 days the hash by which a tool finds whom to forget",
    "letters": "deleted by address as well",
    "anchor_leaves": "ids and hashes of chains, by which a missing one is found",
    "journal_entries": "ids and keyed hashes, so that a restore brings nobody back",
    "pushes": "ids: the tool has yet to be told, and is told the state of that moment",
    "subscriptions": "deleted as such",
}


def test_every_table_that_hangs_on_a_person_or_a_contact_is_thought_of() -> None:
    """Whoever adds one says in privacy/belongings.py that it goes, or here why it need not."""
    hanging = {
        mapper.local_table.name: mapper.local_table.columns.keys()  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
    }
    known = {column.class_.__tablename__ for column in (*privacy.OF_CONTACT, *privacy.OF_PERSON)}

    assert {
        table for table, columns in hanging.items() if {"contact_id", "subscriber_id"} & set(columns)
    } == known | HANGS_ON_NOBODY_ANY_MORE.keys()


def test_the_tool_is_told_of_each_contact_to_forget(ada: str) -> None:
    """A6.6, A8.6: an ended one too, because the tool may hold it. By which address, it reads for 35 days from now."""
    [first, second] = contact_ids()

    with later(days=40):
        done = privacy.erase(ada, STAFF)
        privacy.RULES["matches"]()

    assert list(done.contact_ids) == [first, second]
    assert kinds(first)[-1] == kinds(second)[-1] == "erased"
    for slug in ("nyhedsbrev", "webshop"):
        told = feed.changes_after(slug, Cursor(), 100).documents[-1]
        assert '"kind": "erased"' in told
        assert "email_sha256" in told
        assert f'"contact": {{"id": "{first if slug == "nyhedsbrev" else second}"}}' in told
    assert feed.contacts_of(ADA) == []


def test_others_stay_as_they_are(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(GRACE, first_name="Grace", tracking=True)
    people.ask(GRACE, slug="webshop")
    people.inbox.work()
    before = contents()
    people.subscribe(ADA)

    privacy.erase(contact_ids()[0], STAFF)

    after = contents()
    for table in ("subscribers", "subscriptions", "resolutions", "letters", "signups", "letter_hits"):
        assert after[table] == before[table]


def test_no_old_link_of_theirs_leads_anywhere(ada: str, people: People, inbox: Inbox) -> None:
    links = [*inbox.links(ADA), *inbox.links(ADA, "cancel"), *inbox.links(ADA, "me")]
    own = json.loads(feed.contact(ada).document)["links"]
    links += [urlsplit(own[name]).path for name in ("unsubscribe", "manage")]
    assert {people.client.get(link).status_code for link in links} == {200}

    privacy.erase(ada, STAFF)

    for link in links:
        answer = people.client.get(link)
        assert answer.status_code == 404
        assert "ada" not in answer.text.lower()


def test_a_second_erasure_finds_nobody(ada: str, contents: Callable[[], Contents]) -> None:
    privacy.erase(ada, STAFF)
    before = contents()

    with pytest.raises(ContactUnknown):
        privacy.erase(ada, STAFF)
    with pytest.raises(ContactUnknown):
        privacy.erase_address(ADA, STAFF)

    assert contents() == before


def test_an_address_that_was_only_typed_in_is_erased_as_well(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA, first_name=NAME)
    inbox.work()

    done = privacy.erase_address(ADA, STAFF)

    assert (done.contact_ids, done.until) == ([], None)
    assert found([ADA, NAME]) == []
    assert contents()["letter_hits"] == []


def test_an_address_that_somebody_else_wanted_to_move_to_is_erased_as_well(ada: str) -> None:
    """Article 17 GDPR: nobody confirmed it, and its owner wants nothing kept of it."""
    typed = "Countess.Of@Lovelace.example"
    selfservice.change_address(ada, addresses.parse(typed), Cause(Channel.ME, Visit(ip=IP)))
    assert "address_changes.typed" in found([typed])

    privacy.erase_address(addresses.parse(typed).key, STAFF)

    assert found([typed]) == []


def test_who_was_erased_begins_anew(ada: str, people: People, inbox: Inbox) -> None:
    """Re-subscribing starts clean: another id, another chain, no cap that is left."""
    old = contact_ids()
    old_person = subscriber_id(ADA)
    privacy.erase(ada, STAFF)

    people.subscribe(ADA)

    [anew] = contact_ids()
    assert anew not in old
    assert kinds(anew) == ["confirmed"]
    assert subscriber_id(ADA) != old_person
    assert acts(ADA) == ["signed_up", "letter_sent", "confirmed"]
    assert faults(ADA) == []
