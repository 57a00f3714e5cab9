"""Evidence: it only grows, tampering shows, and the exact letter can be shown for ever (PRODUCT 4.8; A2)."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from newsletter import catalog, consent, outbox, signups, subscriptions
from newsletter.consent import Act, Evidence
from newsletter.db import db, is_postgresql, reader, transactional
from newsletter.outbox import LetterVersion
from newsletter.subscriptions import Subscriber
from tests.conftest import EXAMPLE, Contents
from tests.people import Inbox, People, later
from tests.servers import Letter, Relay

ADA, GRACE = "ada@example.org", "grace@example.com"
TABLES = ("evidence", "evidence_values")


def execute(*statements: str) -> None:
    """Plain SQL, as somebody with the database's password would send it, in one transaction."""
    with db.engine.execution_options(**transactional()).begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


def tamper(*statements: str) -> None:
    """The same by somebody who knows of the door for retention, which no trigger keeps shut."""
    execute("INSERT INTO forgetting (rule) VALUES ('none')", *statements, "DELETE FROM forgetting")


def subscriber_id(address: str = ADA) -> str:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return found.id


def faults(address: str = ADA) -> list[str]:
    with reader() as session:
        return [fault.sentence for fault in subscriptions.verify(session, subscriber_id(address))]


def proof(address: str = ADA) -> list[dict[str, Any]]:
    with reader() as session:
        return consent.proof(session, subscriber_id(address))


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who asked, was written to, confirmed, added a topic and left."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA, topic="events", tracking=True, first_name="Augusta")
    link = people.unsubscribe_link(ADA)
    people.ask(ADA, topic="products")
    people.confirm(ADA)
    people.press(link, "unsubscribe")
    return subscriber_id()


def acts(address: str = ADA) -> list[str]:
    return [record["act"] for record in proof(address)]


# Growing


def test_every_act_is_a_record_and_the_chain_holds(ada: str) -> None:
    both = ["signed_up", "letter_sent", "confirmed"]

    assert acts() == [*both, *both, "unsubscribed"]
    assert faults() == []


def test_the_proof_tells_who_what_when_from_where_and_which_words(ada: str, people: People) -> None:
    asked, letter, confirmed = proof()[:3]
    wordings = people.wordings()

    assert asked["values"]["typed"] == asked["values"]["address"] == ADA
    assert asked["values"]["ip"] == confirmed["values"]["ip"] == "192.0.2.77"
    assert asked["values"]["ip_network"] == "192.0.2.0/24"
    assert asked["values"]["fields"] == '{"first_name":"Augusta"}'
    assert asked["facts"]["wordings"] == wordings == confirmed["facts"]["granted"]
    assert asked["facts"]["language"] == "en"
    assert asked["facts"]["privacy_version"] == "2026-11"
    assert letter["values"]["reply"] == "250 2.0.0 Taken"
    assert confirmed["facts"]["method"] == "button"
    assert confirmed["facts"]["seconds_after_letter"] >= 0
    assert confirmed["facts"]["displayed"]["wordings"] == wordings
    for record in (asked, letter, confirmed):
        assert record["at"].endswith("+00:00")
        assert "T" in record["at"]


def test_nothing_in_the_chain_itself_names_a_person(ada: str, contents: Callable[[], Contents]) -> None:
    records = str(contents()["evidence"]).lower()

    for trace in ("ada@", "augusta", "192.0.2"):
        assert trace not in records


def test_the_evidence_of_a_signup_that_nobody_confirmed_dies_with_it(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    inbox.work()
    assert contents()["evidence"] == []

    with later(days=7, seconds=1):
        signups.expire()

    after = contents()
    assert after["evidence"] == after["evidence_values"] == after["letters"] == []


def test_one_persons_chain_is_not_anothers(ada: str, people: People) -> None:
    people.subscribe(GRACE)

    assert acts(GRACE) == ["signed_up", "letter_sent", "confirmed"]
    assert faults(GRACE) == []


# Refusing


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_change_or_delete(ada: str, contents: Callable[[], Contents], table: str) -> None:
    """A2.8"""
    before = contents()
    columns = sqlalchemy.inspect(db.engine).get_columns(table)
    statements = [f"DELETE FROM {table}", f"DELETE FROM {table} WHERE seq = 1"]  # noqa: S608 - a test's own tables
    statements += [f"UPDATE {table} SET {column['name']} = {column['name']}" for column in columns]  # noqa: S608
    names = ", ".join(column["name"] for column in columns)
    keys = "subscriber_id, seq" + (", field" if table == "evidence_values" else "")
    statements.append(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE seq = 1 "  # noqa: S608
        f"ON CONFLICT ({keys}) DO UPDATE SET seq = 99"
    )
    if is_postgresql():
        statements += [f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE", f"TRUNCATE subscribers, {table} CASCADE"]
    else:
        statements += [
            f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table} WHERE seq = 1",  # noqa: S608
            f"REPLACE INTO {table} ({names}) SELECT {names} FROM {table}",  # noqa: S608
        ]

    for statement in statements:
        with pytest.raises(DBAPIError):
            execute(statement)

    assert contents() == before
    assert faults() == []


def test_the_door_for_retention_shuts_behind_each_transaction(ada: str) -> None:
    tamper("UPDATE evidence_values SET value = value")

    with pytest.raises(DBAPIError):
        execute("UPDATE evidence_values SET value = value")


# Tampering


TAMPERING = [
    ("UPDATE evidence SET act = 'confirmed' WHERE seq = 1", "was altered"),
    ("UPDATE evidence SET newsletter = 'webshop' WHERE seq = 3", "was altered"),
    ("UPDATE evidence SET contact_id = 'x' WHERE seq = 3", "was altered"),
    ("UPDATE evidence SET facts = replace(facts, 'events', 'trends') WHERE seq = 1", "was altered"),
    ("UPDATE evidence SET commitments = '{}' WHERE seq = 1", "was altered"),
    ("UPDATE evidence SET hash = previous WHERE seq = 3", "was altered"),
    ("UPDATE evidence SET previous = hash WHERE seq = 3", "was altered"),
    ("UPDATE evidence SET at = (SELECT e.at FROM evidence e WHERE e.seq = 1) WHERE seq = 7", "was altered"),
    ("DELETE FROM evidence WHERE seq = 1", "record 1 is missing"),
    ("DELETE FROM evidence WHERE seq = 4", "record 4 is missing"),
    ("DELETE FROM evidence WHERE seq IN (1, 2, 3)", "record 1 is missing"),
    ("UPDATE evidence SET seq = 100 - seq", "does not follow from the record before it"),
    ("UPDATE evidence SET seq = CASE seq WHEN 2 THEN 52 WHEN 3 THEN 2 ELSE seq END", "was altered"),
    ("UPDATE evidence_values SET value = 'eve@example.org' WHERE seq = 1 AND field = 'typed'", "its typed was altered"),
    ("UPDATE evidence_values SET salt = 'ab' WHERE seq = 1 AND field = 'ip'", "its ip was altered"),
    ("UPDATE evidence_values SET value = NULL WHERE seq = 1 AND field = 'ip'", "its ip was emptied without a rule"),
    ("DELETE FROM evidence_values WHERE field = 'reply'", "its reply is gone without a rule that removed it"),
    (
        "INSERT INTO evidence_values SELECT subscriber_id, seq, 'phone', salt, '555', NULL, NULL"
        " FROM evidence_values WHERE seq = 1 AND field = 'ip'",
        "a phone was added to it",
    ),
]


def faults_after(ada: str, *statements: str) -> list[str]:
    """What would be found if this had been done; then it is undone."""
    with db.engine.execution_options(**transactional()).connect() as connection, Session(connection) as session:
        for statement in ("INSERT INTO forgetting (rule) VALUES ('none')", *statements):
            session.execute(sqlalchemy.text(statement))
        return [fault.sentence for fault in subscriptions.verify(session, ada)]


def test_what_was_altered_removed_added_or_reordered_is_found(ada: str) -> None:
    """A2.8"""
    for statement, sentence in TAMPERING:
        assert sentence in faults_after(ada, statement), statement
    if not is_postgresql():  # which keeps no instant that is none
        assert "was altered" in faults_after(ada, "UPDATE evidence SET at = 'yesterday' WHERE seq = 2")

    assert faults() == []


def test_what_was_cut_off_at_the_end_is_found_by_what_it_no_longer_tells(ada: str) -> None:
    for gone in ("seq = 7", "seq >= 4", "seq > 1", "seq > 0"):
        found = faults_after(ada, *(f"DELETE FROM {table} WHERE {gone}" for table in TABLES))  # noqa: S608
        assert [fault for fault in found if "not on record" in fault], gone


def test_the_operator_is_told_by_the_exit_code(ada: str, service: Flask) -> None:
    verify = ["evidence", "verify"]
    runner = service.test_cli_runner()

    whole = [runner.invoke(args=[*verify, whose]).exit_code for whose in (ADA, "--all")]
    tamper("DELETE FROM evidence WHERE seq = 7", "DELETE FROM evidence_values WHERE seq = 7")
    broken = [runner.invoke(args=[*verify, whose]).exit_code for whose in (ADA, "--all")]

    assert (whole, broken) == ([0, 0], [1, 1])


def test_a_value_that_a_rule_removed_leaves_the_chain_whole_and_says_so(ada: str) -> None:
    when = "'2026-11-23 09:00:00'"
    tamper(
        f"UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'ip', removed_at = {when} "  # noqa: S608
        "WHERE field = 'ip'"
    )

    assert faults() == []
    assert proof()[0]["values"]["ip"] == "removed by rule ip on 2026-11-23"
    assert proof()[0]["values"]["ip_network"] == "192.0.2.0/24"


def test_whoever_does_not_know_the_salt_cannot_guess_the_value(ada: str, contents: Callable[[], Contents]) -> None:
    with reader() as session:
        first = session.get_one(Evidence, (ada, 1))

    guesses = {hashlib.sha256(text.encode()).hexdigest() for text in (ADA, f"address\n{ADA}", f"typed\n{ADA}")}

    assert not guesses & set(first.commitments.values())
    assert len(set(first.commitments.values())) == len(first.commitments)


# The letter


def letters_of(address: str = ADA) -> Sequence[dict[str, Any]]:
    return [record for record in proof(address) if record["act"] == Act.LETTER_SENT]


def shown_again(record: dict[str, Any]) -> bytes:
    with reader() as session:
        version = session.get_one(LetterVersion, record["facts"]["version"])
    return outbox.fill(version.mime, json.loads(record["values"]["holes"]))


def test_the_exact_letter_can_be_shown_again(people: People, relay: Relay) -> None:
    people.subscribe(ADA, tracking=True, language="da")

    record = letters_of()[0]

    assert shown_again(record) == relay.letters[0].raw
    assert hashlib.sha256(relay.letters[0].raw).hexdigest() == record["facts"]["sha256"]


def test_it_reads_the_same_after_wordings_names_and_keys_have_changed(
    people: People, relay: Relay, make_app: Callable[..., Flask]
) -> None:
    people.subscribe(ADA)
    before = proof()
    changed = EXAMPLE.read_text().replace("Yes, Konica", "Yes please, Konica")
    catalog.apply(changed.replace('"Konica Minolta newsletter"', '"The newsletter"'))
    people.subscribe(GRACE)

    with make_app(public_url="https://elsewhere.example.org").app_context():
        assert shown_again(letters_of()[0]) == relay.letters[0].raw
    assert proof() == before
    assert letters_of(GRACE)[0]["facts"]["version"] != letters_of()[0]["facts"]["version"]
    assert b"Yes, Konica" in relay.letters[0].raw.replace(b"=\r\n", b"")


def test_two_letters_of_one_version_are_stored_as_one_text(people: People, contents: Callable[[], Contents]) -> None:
    """A2.11"""
    people.subscribe(ADA)
    people.subscribe(GRACE)

    assert len(contents()["letter_versions"]) == 1


def test_every_letter_that_was_sent_is_on_record(people: People, inbox: Inbox, relay: Relay) -> None:
    people.ask(ADA)
    inbox.work()
    with later(days=1):
        people.ask(ADA)
        inbox.work()
        people.confirm(ADA)

    assert acts() == ["signed_up", "letter_sent", "letter_sent", "confirmed"]
    assert [shown_again(record) for record in letters_of()] == [letter.raw for letter in relay.letters]
    assert faults() == []


class Impatient(list[Letter]):
    """A mailbox whose owner presses the button before the relay has said to us that it took the letter."""

    def __init__(self, people: People) -> None:
        super().__init__()
        self.people = people

    def append(self, letter: Letter) -> None:
        super().append(letter)
        text = letter.raw.decode().replace("=\r\n", "")
        self.people.press("/confirm/" + text.split("/confirm/")[1].split()[0], "confirm")


class Forgetful(signups.Inviter):
    """Dies between the relay's answer and the proof."""

    def sent_late(self, letter_id: str) -> None:
        """Nothing more."""


def test_the_relays_answer_that_comes_after_the_press_is_appended(
    people: People, inbox: Inbox, relay: Relay, contents: Callable[[], Contents]
) -> None:
    relay.letters = Impatient(people)
    people.ask(ADA)

    inbox.work()

    assert acts() == ["signed_up", "confirmed", "letter_sent"]
    assert letters_of()[0]["values"]["reply"] == "250 2.0.0 Taken"
    assert shown_again(letters_of()[0]) == relay.letters[0].raw
    assert contents()["letters"] == []
    assert faults() == []


def test_the_proof_that_a_worker_died_before_writing_is_written_later(
    people: People, relay: Relay, contents: Callable[[], Contents]
) -> None:
    relay.letters = Impatient(people)
    people.ask(ADA)
    dying = outbox.Courier(Forgetful())
    dying.deliver_due()
    dying.close()
    assert acts() == ["signed_up", "confirmed"]

    signups.forget_stray_letters()

    assert acts() == ["signed_up", "confirmed", "letter_sent"]
    assert contents()["letters"] == []
    assert faults() == []
