"""What is done again after a restore is done whole, and says what it said the first time (A7.10)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter import access, catalog, clock, privacy, subscriptions
from newsletter.access import Scope
from newsletter.commands.duties import write_journal
from newsletter.config import SecretKey
from newsletter.db import reader
from newsletter.guard import Suppression
from newsletter.privacy import restoration
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.conftest import SECRET, Run
from tests.kept import acts, faults, proof
from tests.people import People, at
from tests.purposes import profiling
from tests.verbs.catalog.editing import EXAMPLE
from tests.verbs.journal.restoring import ADA, GRACE, MARY, contact_of, status_of, subscription_of
from tests.verbs.proof.proving import page


def is_disputed(address: str) -> list[bool]:
    """What each later act of this person says, where it says anything about it."""
    return [record["facts"]["disputed"] for record in proof(address) if "disputed" in record["facts"]]


def test_proof_that_was_disputed_is_disputed_after_a_restore(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """PRODUCT 4.4: also of who had left before the backup, however often it is done again."""
    people.subscribe(ADA, GRACE, MARY)
    people.leave(GRACE)
    backup = back_up()
    for address in (ADA, GRACE):
        people.press(people.inbox.link(address, "cancel"), "cancel")
    people.leave(MARY)
    write_journal()

    with restored(backup):
        for entry in restoration.read_journal()[1]:
            restoration.redone(entry)
        privacy.redo()

        assert (is_disputed(ADA), is_disputed(GRACE), is_disputed(MARY)) == ([True], [False, True], [False])
        assert (acts(ADA)[-1], status_of(ADA)) == ("cancelled", "unsubscribed")
        assert [fault for address in (ADA, GRACE, MARY) for fault in faults(address)] == []


def test_whoever_called_it_spam_is_not_back_either(people: People, back_up: Callable[[], str], restored: Any) -> None:
    """A7.10, B4.3"""
    people.subscribe(ADA)
    backup = back_up()
    key = access.create("tool", [Scope.REPORTS_WRITE], [], None)
    item = {"newsletter": "nyhedsbrev", "email": ADA, "kind": "complaint", "at": clock.iso(clock.now())}
    people.client.post("/api/v1/reports", json={"items": [item]}, headers={"Authorization": f"Bearer {key}"})
    write_journal()

    with restored(backup):
        assert status_of(ADA) == "subscribed"

        privacy.redo()

        assert status_of(ADA) == "unsubscribed"
        assert faults(ADA) == []


def test_that_something_was_done_again_is_said_in_the_reader_s_language(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A3.8, A8.2: on paper, and on their own page; and when it was done first."""
    people.subscribe(ADA, language="da")
    own, backup = people.fresh_link(ADA), back_up()
    with at(2027, 1, 31, 12):
        people.leave(ADA)
    write_journal()

    with restored(backup) as app:
        privacy.redo()

        again = "gentaget efter en gendannelse, første gang den"
        assert f"Begrundelse: {again} 2027-01-31 12:00:" in page(ADA)
        assert f"<dd>{again} 31. januar 2027 kl. 12.00 (UTC)</dd>" in app.test_client().get(own).text


def test_a_withdrawal_is_done_again_although_the_backup_knows_not_all_that_was_withdrawn(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """A purpose that the catalogue came to ask for after the backup keeps none of the others granted."""
    people.subscribe(ADA, tracking=True)
    backup = back_up()
    catalog.apply(EXAMPLE + profiling("nyhedsbrev"))
    subscriptions.withdraw(contact_of(ADA), ["profiling", "tracking"], Cause(Channel.ME))
    write_journal()

    with restored(backup):
        assert privacy.redo() == {"withdrawn": 1}

        assert subscription_of(contact_of(ADA)).granted == ["newsletter"]


def test_what_the_backup_knows_to_be_reversed_is_not_done_again(
    people: People, back_up: Callable[[], str], restored: Any
) -> None:
    """The backup was made before the worker had come to write the journal."""
    people.subscribe(ADA, tracking=True)
    contact, by_her = contact_of(ADA), Cause(Channel.ME)
    wordings, topics = subscription_of(contact).agreed, set(subscription_of(contact).topics)
    subscriptions.withdraw(contact, ["tracking"], by_her)
    subscriptions.grant(contact, {"tracking": wordings["tracking"]}, by_her)
    subscriptions.rectify(contact, Wishes(dropped={"events"}), by_her)
    subscriptions.rectify(contact, Wishes(topics=topics), by_her)
    backup = back_up()
    write_journal()

    with restored(backup):
        assert privacy.redo() == {}

        after = subscription_of(contact)
        assert (after.agreed, set(after.topics)) == (wordings, topics)


@pytest.mark.parametrize("is_lifted", [False, True])
def test_silence_after_an_erasure_is_as_it_last_was_although_another_key_has_come_since(
    people: People, run: Run, back_up: Callable[[], str], make_app: Callable[..., Flask], is_lifted: bool
) -> None:
    """A7.8: until when it was asked for, and lifted where staff had lifted it."""
    people.subscribe(ADA)
    backup = back_up()
    with at(2027, 1, 31, 12):
        privacy.erase(contact_of(ADA), Cause(Channel.ME), never_again=True)
        if is_lifted:
            run("suppressions", "lift", ADA)
        write_journal()

    newer = SecretKey(secret="a newer key, which has come since the backup")
    with at(2027, 2, 20, 12), make_app(database_url=backup, secret_keys=(newer, SECRET)).app_context():
        privacy.redo()

        with reader() as session:
            kept = [silence.expires_at.date() for silence in session.scalars(select(Suppression))]
        assert kept == ([] if is_lifted else [date(2029, 1, 31)])
