"""Proof for one person in one minute, and whether it still says what it said (PRODUCT 4.8)."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from newsletter import subscriptions
from newsletter.access import Read
from newsletter.commands.reason_and_actor import account
from newsletter.db import is_postgresql, reader
from newsletter.subscriptions import Cause, Channel
from tests.people import People
from tests.tampering import tamper
from tests.tools import contact_of

ADA, GRACE = "ada@example.org", "grace@example.org"
UNANCHORED = "No anchor: nothing outside the database vouches for it.\n"
Run = Callable[..., Result]


@pytest.fixture
def run(service: Flask) -> Run:
    """`flask evidence ...`"""
    return lambda *arguments: service.test_cli_runner().invoke(args=["evidence", *arguments])


def test_the_proof_holds_both_acts_and_the_letter_between_them(run: Run, people: People) -> None:
    people.subscribe(ADA, first_name="Ada")

    proof = json.loads(run("show", ADA, "--format", "json").stdout)

    assert [record["act"] for record in proof["evidence"]] == ["signed_up", "letter_sent", "confirmed"]
    assert proof["evidence"][0]["values"]["address"] == ADA
    assert proof["chain"] == {"whole": True, "faults": []}


def test_reading_somebodys_proof_is_journaled_with_who_did_and_without_the_address(run: Run, people: People) -> None:
    """D4.3, GDPR 32: whoever says no name is the account of the machine."""
    people.subscribe(ADA)

    subscriber = json.loads(run("show", ADA, "--actor", f"Grace <{ADA}>").stdout)["subscriber"]
    run("show", ADA)

    with reader() as session:
        by_name, by_account = session.scalars(select(Read).order_by(Read.id)).all()
    assert (by_name.rows, by_name.key_id) == (3, None)
    assert by_name.what.startswith(f"evidence of {subscriber} by Grace <")
    assert ADA not in by_name.what
    assert by_account.what == f"evidence of {subscriber} by {account()}"


def test_whoever_never_confirmed_has_no_evidence(run: Run, people: People) -> None:
    people.ask(ADA)

    refused = run("show", ADA)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "nobody ever confirmed" in refused.stderr


def test_evidence_as_it_was_written_is_whole(run: Run, people: People) -> None:
    people.subscribe(ADA, GRACE)
    people.leave(GRACE)

    assert (run("verify", ADA).exit_code, run("verify", "--all").exit_code) == (0, 0)
    assert run("verify", "--all").stdout == f"{UNANCHORED}2 checked, all whole.\n"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE evidence SET newsletter = 'webshop' WHERE seq = 2", "record 2: was altered"),
        ("DELETE FROM evidence WHERE seq = 1", "record 1: record 1 is missing"),
        ("UPDATE evidence_values SET value = 'eve@example.org' WHERE field = 'address'", "its address was altered"),
        ("DELETE FROM evidence", "there is no evidence at all"),
        ("UPDATE wordings SET text = 'I agree.'", "that it names was altered"),
        ("DELETE FROM wordings", "that it names is gone"),
        ("UPDATE catalogs SET document = replace(document, 'Ballerup', 'Borup')", "1 that it names was altered"),
        ("DELETE FROM catalogs", "record 1: the catalogue 1 that it names is gone"),
        ("UPDATE evidence SET facts = 'x', commitments = '[]' WHERE seq = 1", "record 1: was altered"),
        ("UPDATE evidence SET facts = '[]' WHERE seq = 2", "record 2: was altered"),
        ("UPDATE evidence_values SET salt = 'x', value = 'x'", "its holes was altered"),
        (
            "UPDATE letter_versions SET mime = replace(mime, 'html', 'htm')",
            "record 2: the text of its letter was altered",
        ),
        ("UPDATE letter_versions SET mime = replace(mime, 'html', 'ø')", "the text of its letter was altered"),
        ("UPDATE letter_versions SET mime = replace(mime, 'utf-8', 'x')", "the text of its letter was altered"),
        ("UPDATE letter_versions SET mime = replace(mime, 'To: ', 'To: x, x<')", "the text of its letter was altered"),
    ],
)
def test_evidence_that_somebody_changed_is_told_line_by_line(
    run: Run, people: People, statement: str, fault: str
) -> None:
    people.subscribe(ADA, first_name="Ada")
    tamper(statement)

    told, printed = run("verify", "--all"), run("show", ADA, "--format", "html")

    assert (told.exit_code, printed.exit_code) == (1, 0)
    assert fault in told.stdout
    assert told.stdout.endswith("1 checked, 1 not whole.\n")


@pytest.mark.parametrize("text", ["letter_versions SET mime", "wordings SET text", "catalogs SET document"])
def test_so_is_a_text_that_somebody_has_made_bytes_of(run: Run, people: People, text: str) -> None:
    if is_postgresql():
        pytest.skip("PostgreSQL keeps no bytes in a text")
    people.subscribe(ADA)
    tamper(f"UPDATE {text} = x'ff'")

    told, printed = run("verify", "--all"), run("show", ADA)

    assert (told.exit_code, printed.exit_code) == (1, 0)
    assert "was altered" in told.stdout


def test_words_that_were_altered_are_not_shown_as_what_was_agreed_to(run: Run, people: People) -> None:
    """A1.5: a record names a wording by its id, which is made of its content."""
    people.subscribe(ADA)
    tamper("UPDATE wordings SET text = 'I agree to everything.'")

    proof = json.loads(run("show", ADA).stdout)

    assert "I agree to everything." not in json.dumps(proof)
    assert proof["consents"][0]["missing"] == ["The wording of the consent is missing."]
    assert not proof["chain"]["whole"]


def test_words_that_only_a_later_consent_names_are_compared_as_well(run: Run, people: People) -> None:
    """A1.5"""
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]
    subscriptions.grant(contact_of(ADA)["id"], {"tracking": wording}, Cause(Channel.ME))
    tamper(f"UPDATE wordings SET text = 'I agree to everything.' WHERE id = '{wording}'")  # noqa: S608

    told = run("verify", ADA)

    assert told.exit_code == 1
    assert f"the wording {wording} that it names was altered" in told.stdout


def test_one_persons_fault_does_not_spoil_anothers_proof(run: Run, people: People) -> None:
    people.subscribe(ADA, GRACE)
    tamper("UPDATE evidence_values SET value = 'eve@example.org' WHERE value = 'ada@example.org'")

    assert run("verify", ADA).exit_code == 1
    assert run("verify", GRACE).exit_code == 0


def test_verify_checks_one_person_or_everybody(run: Run, people: People) -> None:
    people.subscribe(ADA)

    assert run("verify").stdout == run("verify", "--all").stdout == f"{UNANCHORED}1 checked, all whole.\n"
    assert run("verify", ADA, "--all").exit_code == 2
