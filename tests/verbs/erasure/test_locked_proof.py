"""After an erasure: the keyed hash of "never again", and the locked proof for its term (PRODUCT 4.9; A7, A8)."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy.exc import DBAPIError

from newsletter import addresses, catalog, clock, consent, guard, outbox, privacy, selfservice, signups, subscriptions
from newsletter.consent import Visit
from newsletter.db import db, reader, transaction, transactional
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.people import Inbox, People, later
from tests.servers import Letter, Relay
from tests.tools import move
from tests.verbs.erasure.searching import ADA, GRACE, IP, NAME, STAFF, contact_ids, found, proofs
from tests.verbs.retention.terms import with_term


def test_never_again_leaves_a_keyed_hash_and_no_word_about_the_person(ada: str, people: People, inbox: Inbox) -> None:
    """A7.8."""
    privacy.erase(ada, STAFF, never_again=True)
    people.ask(ADA)
    inbox.work()

    with reader() as session:
        suppression = guard.suppression_of(session, ADA, clock.now())
    assert suppression is not None
    assert suppression.reason == "erased"
    assert inbox.app.extensions  # the letter would have been sent by now
    assert contact_ids() == []


def test_what_staff_wrote_about_an_earlier_suppression_goes(ada: str) -> None:
    with transaction() as session:
        signups.never_again(session, ADA, f"{NAME} shouted", Visit(ip=None))

    privacy.erase(ada, STAFF)

    assert found([NAME]) == []
    with reader() as session:
        assert guard.suppression_of(session, ADA, clock.now()) is not None


@pytest.mark.parametrize("never_again", [False, True])
def test_what_staff_wrote_when_they_lifted_one_goes_too(people: People, service: Flask, never_again: bool) -> None:
    """A7.6: of whom there was no evidence then, it stands beside the keyed hash."""
    for command in ("add", "lift"):
        why = ("--reason", f"{NAME} changed her mind", "--actor", "Grace")
        assert service.test_cli_runner().invoke(args=["suppressions", command, ADA, *why]).exit_code == 0
    people.subscribe(ADA)
    assert found([NAME]) == ["liftings.reason"]

    privacy.erase(contact_ids()[0], STAFF, never_again=never_again)

    assert found([NAME]) == []


@pytest.mark.parametrize("commands", [("add",), ("add", "lift")])
def test_it_goes_as_well_where_nothing_else_is_kept_of_the_address(service: Flask, commands: Sequence[str]) -> None:
    """A7.6."""
    for command in commands:
        why = ("--reason", f"{NAME} asked for it", "--actor", "Grace")
        assert service.test_cli_runner().invoke(args=["suppressions", command, ADA, *why]).exit_code == 0

    assert privacy.erase_address(ADA, STAFF).contact_ids == []

    assert found([NAME]) == []


def test_the_whole_ip_address_from_which_another_address_was_asked_for_goes(people: People) -> None:
    """A2.12: of it the locked proof needs no more than of the others."""
    new = "countess@lovelace.example"
    people.subscribe(ADA)
    [ada] = contact_ids()
    selfservice.change_address(ada, addresses.parse(new), Cause(Channel.ME, Visit(ip=IP)))
    people.confirm(new)

    privacy.erase(ada, STAFF)

    assert found([IP]) == []


def test_whoever_moved_is_found_by_each_of_their_addresses(people: People) -> None:
    """A7.4: a claim may come from the one that was confirmed at first."""
    new = "countess@lovelace.example"
    people.subscribe(ADA)
    move(people, ADA, new)

    privacy.erase(contact_ids(new)[0], STAFF)

    assert [proof.subscriber_id for proof in proofs(ADA)] == [proof.subscriber_id for proof in proofs(new)] != []


def test_the_chain_of_somebody_erased_is_whole_and_tells_who_did_it_and_why(ada: str) -> None:
    """A7.4, D4.11: what a claim turns on can still be shown."""
    privacy.erase(ada, STAFF)

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
    privacy.erase(contact_ids()[0], STAFF)

    with reader() as session:
        [letter] = [act for act in consent.proof(session, proofs()[0].subscriber_id) if act["act"] == "letter_sent"]
        version = session.get_one(outbox.LetterVersion, letter["facts"]["version"])

    assert outbox.fill(version.mime, json.loads(letter["values"]["holes"])) == raw


def test_it_says_until_when_it_is_kept(ada: str) -> None:
    """A7.6: the term begins when the consent ended."""
    done = privacy.erase(ada, STAFF)

    assert done.until is not None
    assert timedelta(days=728) < done.until - clock.now() < timedelta(days=733)
    assert [proof.until for proof in proofs()] == [done.until]


def test_the_term_of_somebody_who_had_left_began_when_they_left(people: People) -> None:
    people.subscribe(ADA)
    people.leave(ADA)

    with later(days=365):
        done = privacy.erase(contact_ids()[0], STAFF)

        assert done.until is not None
        assert timedelta(days=362) < done.until - clock.now() < timedelta(days=368)


def test_the_longest_term_of_several_subscriptions_counts(people: People) -> None:
    """A7.4: one was left a year ago, and the consent to the other ends now."""
    people.subscribe(ADA, slug="webshop")
    people.leave(ADA)
    people.subscribe(ADA)

    with later(days=365):
        done = privacy.erase(contact_ids()[0], STAFF)

        assert done.until is not None
        assert timedelta(days=728) < done.until - clock.now()


def test_it_is_destroyed_when_its_term_is_over_and_not_before(
    ada: str, people: People, contents: Callable[[], Contents]
) -> None:
    """A7.7: what is in no way personal stays: the letter's text, the wordings, what the form was made of."""
    done = privacy.erase(ada, STAFF)
    assert done.until is not None
    left = (done.until - clock.now()).total_seconds()
    people.subscribe(GRACE)
    with later(days=1):
        privacy.erase(contact_ids(GRACE)[0], STAFF)

    with later(seconds=left - 60):
        assert privacy.RULES["proof"]() == 0
    with later(seconds=left + 1):
        assert privacy.RULES["proof"]() == 1
        assert len(proofs(GRACE)) == 1
    with later(days=1, seconds=left + 60):
        assert privacy.RULES["proof"]() == 1

    after = contents()
    assert after["locked_proofs"] == after["evidence"] == after["evidence_values"] == []
    assert all(after[table] for table in ("letter_versions", "wordings", "catalogs"))
    assert found([ADA, NAME, IP]) == []


@pytest.mark.parametrize(("months", "days", "gone"), [(12, 360, 0), (12, 375, 1), (36, 740, 1)])
def test_a_shorter_term_holds_for_whom_a_longer_one_was_told_but_no_longer_one(
    ada: str, months: int, days: int, gone: int
) -> None:
    """A7.1: what the table says is what deletes, also of what is stored already."""
    privacy.erase(ada, STAFF)

    with later(days=days):
        catalog.apply(with_term("proof_months = 24", f"proof_months = {months}"))
        assert privacy.RULES["proof"]() == gone


def test_it_is_kept_as_long_as_the_newsletter_that_keeps_longest(people: People) -> None:
    """A7.2: it does not tell which newsletters its person had."""
    sender = "[newsletters.webshop.sender]"
    catalog.apply(with_term(sender, f"[newsletters.webshop.retention]\nproof_months = 36\n\n{sender}"))
    people.subscribe(ADA, slug="webshop")
    privacy.erase(contact_ids()[0], STAFF)

    for days, gone in ((1090, 0), (1100, 1)):
        with later(days=days):
            assert privacy.RULES["proof"]() == gone


def test_the_database_still_refuses_to_change_it(ada: str) -> None:
    privacy.erase(ada, STAFF)

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

    privacy.erase(contact_ids()[0], STAFF)

    with reader() as session:
        acts = consent.proof(session, proofs()[0].subscriber_id)
    assert [act["act"] for act in acts] == ["signed_up", "confirmed", "letter_sent", "erased"]
    assert len({act["contact"] for act in acts}) == 1
