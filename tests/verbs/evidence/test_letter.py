"""The exact letter can be shown for ever (PRODUCT 4.8; A2)."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from newsletter import catalog, outbox, selfservice, signups
from newsletter.consent import Act
from newsletter.db import reader
from newsletter.outbox import LetterVersion
from tests.conftest import EXAMPLE, Contents
from tests.kept import acts, faults, proof
from tests.people import Inbox, People, later, paths_in
from tests.servers import Letter, Relay
from tests.verbs.evidence.chains import ADA, GRACE


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


def test_of_what_the_relay_says_the_beginning_is_kept(people: People, relay: Relay) -> None:
    relay.answer("TAKEN", "\r\n".join([*["250-2.0.0 Taken, and so on"] * 100, "250 Done"]))
    people.subscribe(ADA)

    reply = letters_of()[0]["values"]["reply"]

    assert reply.startswith("250 2.0.0 Taken, and so on")
    assert len(reply) <= 504


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
    people.subscribe(ADA, GRACE)

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


class Forgetful(selfservice.Author):
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


def test_it_is_written_as_well_of_whom_says_meanwhile_that_it_was_not_them(people: People, relay: Relay) -> None:
    """A2.4: who disputes it is whom it has to be proven to."""
    relay.letters = Impatient(people)
    people.ask(ADA)
    dying = outbox.Courier(Forgetful())
    dying.deliver_due()
    dying.close()

    [refusal] = paths_in(relay.letters[0].message, "cancel")
    people.press(refusal, "cancel")
    signups.forget_stray_letters()

    assert acts() == ["signed_up", "confirmed", "cancelled", "letter_sent"]
    assert faults() == []
