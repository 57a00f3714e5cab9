"""Tampering with evidence shows, and says where (PRODUCT 4.8; A2)."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import privacy, subscriptions
from newsletter.consent import Evidence
from newsletter.db import db, is_postgresql, reader, transactional
from newsletter.privacy import LockedProof
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.kept import faults, proof
from tests.people import People
from tests.verbs.evidence.chains import ADA, GRACE, TABLES, tamper

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
    (
        "UPDATE evidence_values SET value = '9.9.9.9', salt = NULL, removed_rule = 'ip', removed_at = ("
        "SELECT max(at) FROM evidence) WHERE seq = 1 AND field = 'ip'",
        "its ip was altered",
    ),
    ("UPDATE evidence_values SET removed_rule = 'ip' WHERE seq = 1 AND field = 'ip'", "its ip was altered"),
    (
        "UPDATE evidence_values SET value = NULL, removed_rule = 'ip', removed_at = (SELECT max(at) FROM evidence)"
        " WHERE seq = 1 AND field = 'ip'",
        "its ip was emptied, and its salt is there",
    ),
    (
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'ip' WHERE seq = 1 AND field = 'ip'",
        "its ip was emptied without a rule",
    ),
    (
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'ip', removed_at = (SELECT max(at)"
        " FROM evidence) WHERE seq = 1 AND field = 'address'",
        "its address was emptied by a rule that never takes it",
    ),
    (
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'whim', removed_at = (SELECT max(at)"
        " FROM evidence) WHERE seq = 1 AND field = 'ip'",
        "its ip was emptied by a rule that never takes it",
    ),
    (
        "UPDATE evidence_values SET value = NULL, salt = NULL, removed_rule = 'erasure', removed_at = (SELECT max(at)"
        " FROM evidence) WHERE seq = 2 AND field = 'holes'",
        "its holes was emptied by a rule that never takes it",
    ),
    ("DELETE FROM evidence_values WHERE field = 'reply'", "its reply is gone without a rule that removed it"),
    (
        "INSERT INTO evidence_values SELECT subscriber_id, seq, 'phone', salt, '555', NULL, NULL"
        " FROM evidence_values WHERE seq = 1 AND field = 'ip'",
        "a phone was added to it",
    ),
    (
        "INSERT INTO evidence_values SELECT subscriber_id, 99, field, salt, value, NULL, NULL"
        " FROM evidence_values WHERE seq = 1 AND field = 'ip'",
        "is missing, and values of it are there",
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
    if not is_postgresql():  # which keeps no instant that is none, and no bytes in a text
        for altered in ("at = 'yesterday'", "act = x'ff'", "facts = x'ff'"):
            assert "was altered" in faults_after(ada, f"UPDATE evidence SET {altered} WHERE seq = 2")  # noqa: S608

    assert faults() == []


def test_an_instant_is_on_record_to_the_microsecond(ada: str) -> None:
    """A2.7"""
    with reader() as session:
        at = session.scalars(select(Evidence.at).where(Evidence.seq == 3)).one()

    for moved, expected in ((0, []), (1, ["was altered"])):
        then = (at + timedelta(microseconds=moved)).isoformat(sep=" ")
        assert faults_after(ada, f"UPDATE evidence SET at = '{then}' WHERE seq = 3")[:1] == expected  # noqa: S608


def test_a_chain_is_nobodys_but_whose_it_is(ada: str) -> None:
    other = "f" * len(ada)

    moved = faults_after(other, *(f"UPDATE {table} SET subscriber_id = '{other}'" for table in TABLES))  # noqa: S608

    assert moved.count("was altered") == 7


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


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [("act = 'erased'", "the erasure of its person is not on record"), ("seq > 0", "there is no evidence at all")],
)
def test_a_locked_proof_that_was_cut_off_or_taken_away_is_found(
    ada: str, service: Flask, gone: str, sentence: str
) -> None:
    """A2.8, A7.5: before an anchor covers it, too."""
    privacy.erase_address(ADA, Cause(Channel.STAFF))
    verify, runner = ["evidence", "verify", "--all"], service.test_cli_runner()
    assert runner.invoke(args=verify).exit_code == 0

    tamper(
        f"DELETE FROM evidence_values WHERE seq IN (SELECT seq FROM evidence WHERE {gone})",  # noqa: S608
        f"DELETE FROM evidence WHERE {gone}",  # noqa: S608
    )

    told = runner.invoke(args=verify)
    assert (told.exit_code, sentence in told.stdout) == (1, True)
    locked = runner.invoke(args=["evidence", "locked", ADA, "--reason", "claim", "--actor", "grace"]).stdout
    assert sentence in str(json.loads(locked)["chain"]["faults"])


@pytest.mark.parametrize("until", ["2026-01-01 00:00:00+00:00", "2099-01-01 00:00:00+00:00"])
def test_a_locked_proof_whose_term_was_changed_is_found(ada: str, service: Flask, until: str) -> None:
    """A7.5, A7.7: neither destroyed before its day, nor kept beyond it."""
    privacy.erase_address(ADA, Cause(Channel.STAFF))
    verify, runner = ["evidence", "verify", "--all"], service.test_cli_runner()

    tamper(f"UPDATE locked_proofs SET until = '{until}'")  # noqa: S608

    assert "the term of its locked proof is not the one on record" in runner.invoke(args=verify).stdout


@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE locked_proofs SET hash = CASE hash WHEN '{0}' THEN '{1}' ELSE '{0}' END",
        "UPDATE locked_proofs SET hash = hash || 'x'",
    ],
)
def test_a_locked_proof_that_another_address_leads_to_is_found(
    ada: str, people: People, service: Flask, swap: str
) -> None:
    """A7.5: a claim would be met with somebody else's, or with none."""
    people.subscribe(GRACE)
    for address in (ADA, GRACE):
        privacy.erase_address(address, Cause(Channel.STAFF))
    verify, runner = ["evidence", "verify", "--all"], service.test_cli_runner()
    assert runner.invoke(args=verify).exit_code == 0

    with reader() as session:
        hashes = session.scalars(select(LockedProof.hash)).all()
    tamper(swap.format(*hashes))

    told = runner.invoke(args=verify).stdout
    assert "record 1: its address does not lead to the locked proof" in told
    assert "an address that is not on record leads to the locked proof" in told


def test_a_chain_that_nothing_leads_to_any_more_is_found(ada: str, service: Flask) -> None:
    """A7.5, A7.7: nobody would find it to meet a claim, and no term would end it."""
    privacy.erase_address(ADA, Cause(Channel.STAFF))

    tamper("DELETE FROM locked_proofs")

    told = service.test_cli_runner().invoke(args=["evidence", "verify", "--all"])
    assert (told.exit_code, "neither a person nor a locked proof leads to it" in told.stdout) == (1, True)


def test_what_was_altered_is_shown_to_the_person_as_it_stands(ada: str, people: People) -> None:
    tamper("UPDATE evidence_values SET value = 'Mallory' WHERE field = 'fields'")

    page = people.client.get(people.fresh_link(ADA))

    assert faults() != []
    assert page.status_code == 200
    assert "Mallory" in page.text


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
