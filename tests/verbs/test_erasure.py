"""Erasure: a person goes from every table, file and queue; a locked proof stays for its term (PRODUCT 4.9; A7, A8)."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from newsletter import clock, consent, feed, guard, outbox, privacy, selfservice, signups, subscriptions
from newsletter.changes import Change, Cursor
from newsletter.consent import Visit
from newsletter.db import Base, db, reader, transaction, transactional
from newsletter.errors import ContactUnknown, LinkDead, SubscriptionOver
from newsletter.privacy import LockedProof
from newsletter.subscriptions import Channel, Status, Subscriber, Wishes
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.servers import Letter, Relay

ADA, GRACE = "ada.lovelace@example.org", "grace@example.com"
NAME, IP = "Augusta", "192.0.2.77"
STAFF: dict[str, Any] = {
    "channel": Channel.STAFF,
    "visit": Visit(ip=None),
    "note": {"actor": "Grace", "reason": "phone"},
}
HER_PAGE: dict[str, Any] = {"channel": Channel.ME, "visit": Visit(ip=IP)}


def spellings(trace: str) -> Iterator[bytes]:
    """In clear, in hex, and in Base64 wherever it may begin in what was encoded."""
    for raw in {trace.encode(), trace.lower().encode(), trace.upper().encode()}:
        yield raw
        yield raw.hex().encode()
        for shift in range(3):
            yield base64.b64encode(b"\0" * shift + raw)[shift + 1 : -4]


def found(traces: list[str], but_for: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Every column of every table in which something of these can be read."""
    needles = {spelled.lower() for trace in traces for spelled in spellings(trace)}
    with db.engine.connect() as connection:
        return [
            f"{table}.{name}"
            for table in sqlalchemy.inspect(connection).get_table_names()
            if table not in but_for
            for name, value in cells(connection, table)
            if any(needle in str(value).encode().lower() for needle in needles)
        ]


def cells(connection: sqlalchemy.Connection, table: str) -> Iterator[tuple[str, Any]]:
    rows = connection.execute(select(sqlalchemy.text("*")).select_from(sqlalchemy.table(table)))
    for row in rows.mappings():
        yield from row.items()


def contact_ids(address: str = ADA) -> list[str]:
    return [contact.id for contact in feed.contacts_of(address)]


def kinds(contact_id: str) -> list[str]:
    with reader() as session:
        return list(session.scalars(select(Change.kind).where(Change.contact_id == contact_id).order_by(Change.id)))


def proofs(address: str = ADA) -> list[LockedProof]:
    with reader() as session:
        return list(privacy.locked_proofs(session, address))


@pytest.fixture
def ada(people: People, inbox: Inbox, relay: Relay) -> str:
    """Ada, of whom as much is kept as can be: two newsletters, one left, letters on their way, a signup that waits."""
    people.client.environ_base["REMOTE_ADDR"] = IP
    people.subscribe(ADA, tracking=True, first_name=NAME)
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
        [first, second] = contact_ids()
        subscriptions.rectify(first, Wishes(fields={"first_name": NAME}), **STAFF)
        note = {"actor": "Grace", "reason": f"{NAME} called"}
        subscriptions.withdraw(first, ["tracking"], **{**STAFF, "note": note})
        signups.leave(second, channel=Channel.STAFF, visit=Visit(ip=None), note=note)
    with later(minutes=22):
        people.ask(ADA.upper().replace("EXAMPLE.ORG", "example.org"), topic="events", first_name=NAME)
        people.client.post("/manage", data={"email": ADA})
    return first


# What goes


def test_nothing_of_the_person_is_left_outside_of_the_locked_proof(ada: str, inbox: Inbox) -> None:
    """A7.6: every table and column, in clear, Base64 and hex."""
    assert len(set(found([ADA, NAME, IP]))) > 8

    privacy.erase(ada, **STAFF)

    assert found([ADA, NAME, IP], but_for={"evidence_values"}) == []
    assert found([NAME, IP]) == []


def test_nothing_is_left_after_the_worker_has_been_round_either(ada: str, inbox: Inbox, relay: Relay) -> None:
    before = len(relay.letters)
    privacy.erase(ada, **STAFF)

    with later(days=1):
        inbox.work()
        for forget in privacy.RULES.values():
            forget()

    assert len(relay.letters) == before
    assert found([ADA, NAME, IP], but_for={"evidence_values"}) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_shows_what_its_tables_no_longer_hold(ada: str, app: Flask, database_url: str) -> None:
    """Whoever reads meanwhile is not waited for; the next round does it."""
    file = Path(str(sqlalchemy.make_url(database_url).database))
    privacy.erase(ada, **STAFF)
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
    """A6.6, A8.6: an ended one too, because the tool may hold it."""
    [first, second] = contact_ids()

    done = privacy.erase(ada, **STAFF)

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
    before = contents()
    people.subscribe(ADA)

    privacy.erase(contact_ids()[0], **STAFF)

    after = contents()
    for table in ("subscribers", "subscriptions", "resolutions", "letters", "signups", "letter_hits"):
        assert after[table] == before[table]


def test_no_old_link_of_theirs_leads_anywhere(ada: str, people: People, inbox: Inbox) -> None:
    links = [*inbox.links(ADA), *inbox.links(ADA, "cancel"), *inbox.links(ADA, "me")]
    own = json.loads(feed.contact(ada).document)["links"]
    links += [urlsplit(own[name]).path for name in ("unsubscribe", "manage")]
    assert {people.client.get(link).status_code for link in links} == {200}

    privacy.erase(ada, **STAFF)

    for link in links:
        answer = people.client.get(link)
        assert answer.status_code == 404
        assert "ada" not in answer.text.lower()


def test_a_second_erasure_finds_nobody(ada: str, contents: Callable[[], Contents]) -> None:
    privacy.erase(ada, **STAFF)
    before = contents()

    with pytest.raises(ContactUnknown):
        privacy.erase(ada, **STAFF)
    with pytest.raises(ContactUnknown):
        privacy.erase_address(ADA, **STAFF)

    assert contents() == before


def test_an_address_that_was_only_typed_in_is_erased_as_well(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA, first_name=NAME)
    inbox.work()

    done = privacy.erase_address(ADA, **STAFF)

    assert (done.contact_ids, done.until) == ([], None)
    assert found([ADA, NAME]) == []
    assert contents()["letter_hits"] == []


def test_who_was_erased_begins_anew(ada: str, people: People, inbox: Inbox) -> None:
    """Re-subscribing starts clean: another id, another chain, no cap that is left."""
    old = contact_ids()
    with reader() as session:
        old_person = Subscriber.by_address(session, ADA)
    privacy.erase(ada, **STAFF)

    people.subscribe(ADA)

    [anew] = contact_ids()
    assert anew not in old
    assert kinds(anew) == ["confirmed"]
    with reader() as session:
        person = Subscriber.by_address(session, ADA)
        assert person is not None
        assert old_person is not None
        assert person.id != old_person.id
        assert [act["act"] for act in consent.proof(session, person.id)] == ["signed_up", "letter_sent", "confirmed"]
        assert subscriptions.verify(session, person.id) == []


# Never again


def test_never_again_leaves_a_keyed_hash_and_no_word_about_the_person(ada: str, people: People, inbox: Inbox) -> None:
    """A7.8."""
    privacy.erase(ada, never_again=True, **STAFF)
    people.ask(ADA)
    inbox.work()

    with reader() as session:
        suppression = guard.found(session, ADA, clock.now())
    assert suppression is not None
    assert suppression.reason == "erased"
    assert inbox.app.extensions  # the letter would have been sent by now
    assert contact_ids() == []


def test_what_staff_wrote_about_an_earlier_suppression_goes(ada: str) -> None:
    with transaction() as session:
        signups.never_again(session, ADA, f"{NAME} shouted", Visit(ip=None))

    privacy.erase(ada, **STAFF)

    assert found([NAME]) == []
    with reader() as session:
        assert guard.found(session, ADA, clock.now()) is not None


# The locked proof


def test_the_chain_of_somebody_erased_is_whole_and_tells_who_did_it_and_why(ada: str) -> None:
    """A7.4, D4.11: what a claim turns on can still be shown."""
    privacy.erase(ada, **STAFF)

    [locked] = proofs()
    with reader() as session:
        acts = consent.proof(session, locked.subscriber_id)
        assert subscriptions.verify(session, locked.subscriber_id) == []
    by_act = {act["act"]: act for act in acts}
    assert [act["act"] for act in acts][-2:] == ["erased", "erased"]
    asked, sent, erased = by_act["signed_up"], by_act["letter_sent"], by_act["erased"]
    assert asked["values"]["address"] == ADA
    assert asked["values"]["ip_network"] == "192.0.2.0/24"
    assert asked["values"]["ip"].startswith("removed by rule erasure on ")
    assert asked["values"].get("fields", "removed by rule erasure").startswith("removed by rule erasure")
    assert sent["values"]["reply"] == "250 2.0.0 Taken"
    assert erased["values"] == {"actor": "Grace", "reason": "phone"}
    assert erased["facts"]["channel"] == "staff"


def test_the_exact_letter_can_still_be_shown_from_it(people: People, relay: Relay) -> None:
    """A2.4 holds for the locked proof."""
    people.subscribe(ADA)
    raw = relay.letters[0].raw
    privacy.erase(contact_ids()[0], **STAFF)

    with reader() as session:
        [letter] = [act for act in consent.proof(session, proofs()[0].subscriber_id) if act["act"] == "letter_sent"]
        version = session.get_one(outbox.LetterVersion, letter["facts"]["version"])

    assert outbox.fill(version.mime, json.loads(letter["values"]["holes"])) == raw


def test_it_says_until_when_it_is_kept(ada: str) -> None:
    """A7.6: the term begins when the consent ended."""
    done = privacy.erase(ada, **STAFF)

    assert done.until is not None
    assert timedelta(days=728) < done.until - clock.now() < timedelta(days=733)
    assert [proof.until for proof in proofs()] == [done.until]


def test_the_term_of_somebody_who_had_left_began_when_they_left(people: People) -> None:
    people.subscribe(ADA)
    people.leave(ADA)

    with later(days=365):
        done = privacy.erase(contact_ids()[0], **STAFF)

        assert done.until is not None
        assert timedelta(days=362) < done.until - clock.now() < timedelta(days=368)


def test_it_is_destroyed_when_its_term_is_over_and_not_before(ada: str, contents: Callable[[], Contents]) -> None:
    """A7.7: what is in no way personal stays: the letter's text, the wordings, what the form was made of."""
    done = privacy.erase(ada, **STAFF)
    assert done.until is not None
    left = (done.until - clock.now()).total_seconds()

    with later(seconds=left - 60):
        assert privacy.RULES["proof"]() == 0
    with later(seconds=left + 1):
        assert privacy.RULES["proof"]() == 1

    after = contents()
    assert after["locked_proofs"] == after["evidence"] == after["evidence_values"] == []
    assert all(after[table] for table in ("letter_versions", "wordings", "catalogs"))
    assert found([ADA, NAME, IP]) == []


def test_the_database_still_refuses_to_change_it(ada: str) -> None:
    privacy.erase(ada, **STAFF)

    for statement in ("UPDATE evidence_values SET value = 'x'", "DELETE FROM evidence"):
        with pytest.raises(DBAPIError), db.engine.execution_options(**transactional()).begin() as connection:
            connection.execute(sqlalchemy.text(statement))


def test_a_letter_that_had_just_been_sent_is_part_of_the_proof(people: People, inbox: Inbox, relay: Relay) -> None:
    """The relay's answer came, and the worker died before it wrote the proof of it."""

    class Impatient(list[Letter]):
        def append(self, letter: Letter) -> None:
            super().append(letter)
            text = letter.raw.decode().replace("=\r\n", "")
            people.press("/confirm/" + text.split("/confirm/")[1].split()[0], "confirm")

    class Forgetful(selfservice.Author):
        def sent_late(self, letter_id: str) -> None:
            """Nothing more."""

    relay.letters = Impatient()
    people.ask(ADA)
    dying = outbox.Courier(Forgetful())
    dying.deliver_due()
    dying.close()

    privacy.erase(contact_ids()[0], **STAFF)

    with reader() as session:
        acts = consent.proof(session, proofs()[0].subscriber_id)
    assert [act["act"] for act in acts] == ["signed_up", "confirmed", "letter_sent", "erased"]
    assert len({act["contact"] for act in acts}) == 1


# At the same moment


def test_a_letter_in_a_workers_hand_does_not_leave_once_its_person_is_erased(
    people: People, relay: Relay, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    with later(minutes=11):
        people.ask(ADA, topic="events", tracking=True)
        people.ask(GRACE)
        courier = outbox.Courier(selfservice.Author())
        envelopes = courier.prepare(courier.claim())
        sent = len(relay.letters)

        privacy.erase(contact_ids()[0], **STAFF)
        courier.send_all(envelopes)
        courier.close()

    assert [letter.recipients for letter in relay.letters[sent:]] == [(GRACE,)]
    assert found([ADA], but_for={"evidence_values"}) == []


def test_a_letter_that_the_relay_is_just_taking_leaves_no_trace(people: People, relay: Relay, inbox: Inbox) -> None:
    class Erasing(list[Letter]):
        """The person is erased while the relay has the letter and we do not know it yet."""

        def append(self, letter: Letter) -> None:
            super().append(letter)
            with inbox.app.app_context():
                privacy.erase_address(ADA, **STAFF)

    relay.letters = Erasing()
    people.ask(ADA)

    inbox.work()

    assert len(relay.letters) == 1
    assert found([ADA]) == []


def test_a_refusal_of_somebody_erased_meanwhile_leaves_no_trace(people: People, relay: Relay, inbox: Inbox) -> None:
    relay.answer("RCPT", "550 5.1.1 Unknown")
    people.ask(ADA)
    inbox.work()
    with db.engine.connect() as connection:
        refused = str(list(cells(connection, "relay")))
    assert hashlib.sha256(ADA.encode()).hexdigest() not in refused


@pytest.mark.parametrize("number", range(3))
def test_of_confirming_and_erasing_at_once_one_story_comes(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    """Either the signup was gone, or what came of it was erased as well."""
    people.subscribe(ADA, topic="events")
    with later(minutes=11):
        people.ask(ADA, slug="webshop")
        link = inbox.link(ADA)
        her, fields = contact_ids()[0], people.opened(link, "confirm")

        answers = crowd.do(
            lambda: people.client.post(link, data=fields).status_code, lambda: privacy.erase(her, **STAFF)
        )

    assert answers[0] in (200, 404)
    assert contact_ids() == []
    assert found([ADA], but_for={"evidence_values"}) == []
    with reader() as session:
        assert subscriptions.verify(session, proofs()[0].subscriber_id) == []


@pytest.mark.parametrize("number", range(3))
def test_of_many_verbs_at_once_erasure_has_the_last_word(ada: str, crowd: Crowd, number: int) -> None:
    def gently(deed: Callable[[], object]) -> Callable[[], None]:
        def do() -> None:
            try:
                deed()
            except (ContactUnknown, LinkDead, SubscriptionOver):
                return

        return do

    crowd.do(
        *(
            gently(deed)
            for deed in (
                lambda: privacy.erase(ada, **STAFF),
                lambda: privacy.erase_address(ADA, **STAFF),
                lambda: subscriptions.rectify(ada, Wishes(language="de"), **HER_PAGE),
                lambda: signups.leave_all(ada, channel=Channel.PAGE, visit=Visit(ip=IP)),
                lambda: privacy.restrict(ada, **STAFF),
            )
        )
    )

    assert contact_ids() == []
    assert kinds(ada).count("erased") == 1
    assert kinds(ada)[-1] == "erased"
    with reader() as session:
        assert subscriptions.verify(session, proofs()[0].subscriber_id) == []


def test_people_erased_at_once_do_not_wait_for_each_other(people: People, crowd: Crowd) -> None:
    for address in (ADA, GRACE):
        people.subscribe(address)
    ids = [contact_ids(ADA)[0], contact_ids(GRACE)[0]]

    crowd.do(*(lambda one=one: privacy.erase(one, **STAFF) for one in ids))  # type: ignore[misc]

    assert contact_ids(ADA) == contact_ids(GRACE) == []


# Restriction


def statuses(address: str = ADA) -> list[str]:
    with reader() as session:
        return [session.get_one(subscriptions.Subscription, one).status for one in contact_ids(address)]


def test_a_restricted_person_is_out_of_the_feed_everywhere_and_kept_whole(people: People) -> None:
    """A8.5."""
    people.subscribe(ADA, tracking=True, first_name=NAME)
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    [first, second] = contact_ids()

    done = privacy.restrict(first, **STAFF)

    assert statuses() == [Status.RESTRICTED, Status.RESTRICTED]
    assert kinds(first)[-1] == kinds(second)[-1] == "restricted"
    assert '"tracking_allowed":false' in done.contact
    assert done.fields == {"first_name": NAME}
    assert '"email_sha256"' in feed.changes_after("nyhedsbrev", Cursor(), 100).documents[-1]


def test_lifting_brings_everybody_back_as_they_were(people: People) -> None:
    people.subscribe(ADA, tracking=True)
    [her] = contact_ids()
    privacy.restrict(her, **STAFF)

    done = privacy.lift(her, **STAFF)

    assert statuses() == [Status.SUBSCRIBED]
    assert '"tracking_allowed":true' in done.contact
    assert kinds(her) == ["confirmed", "restricted", "updated"]
    with reader() as session:
        acts = consent.proof(session, done.subscriber_id)
        assert subscriptions.verify(session, done.subscriber_id) == []
    assert [act["act"] for act in acts][-2:] == ["restricted", "lifted"]
    assert acts[-1]["values"] == {"actor": "Grace", "reason": "phone"}


def test_restricting_and_lifting_twice_is_doing_it_once(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    for verb in (privacy.restrict, privacy.lift):
        verb(her, **STAFF)
        before = contents()
        verb(her, **STAFF)
        assert contents() == before


def test_who_has_left_can_be_restricted_and_stays_gone(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    [her] = contact_ids()
    before = contents()["changes"]

    privacy.restrict(her, **STAFF)
    privacy.lift(her, **STAFF)

    assert statuses() == [Status.UNSUBSCRIBED]
    assert contents()["changes"] == before
    with reader() as session:
        person = Subscriber.by_address(session, ADA)
        assert person is not None
        assert [act["act"] for act in consent.proof(session, person.id)][-2:] == ["restricted", "lifted"]
        assert subscriptions.verify(session, person.id) == []


def test_who_is_restricted_can_leave_and_be_erased(people: People) -> None:
    people.subscribe(ADA)
    [her] = contact_ids()
    privacy.restrict(her, **STAFF)
    link = people.unsubscribe_link(ADA)

    people.press(link, "unsubscribe")
    assert statuses() == [Status.UNSUBSCRIBED]
    privacy.erase(her, **STAFF)

    assert kinds(her) == ["confirmed", "restricted", "unsubscribed", "erased"]


def test_nobody_writes_to_somebody_restricted_because_a_stranger_typed_the_address(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.subscribe(ADA)
    privacy.restrict(contact_ids()[0], **STAFF)
    sent = len(relay.letters)

    with later(minutes=11):
        people.ask(ADA)
        inbox.work()

    assert len(relay.letters) == sent


def test_who_confirms_while_restricted_is_subscribed_to_that_alone(people: People) -> None:
    """Article 18(2) GDPR; docs/decisions/0020"""
    people.subscribe(ADA)
    privacy.restrict(contact_ids()[0], **STAFF)

    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")

    assert statuses() == [Status.RESTRICTED, Status.SUBSCRIBED]


def test_nobody_is_nobody(service: Flask) -> None:
    for verb in (privacy.erase, privacy.restrict, privacy.lift):
        with pytest.raises(ContactUnknown):
            verb("0" * 24, **STAFF)
