"""Staff write down, on somebody's word, that an address must never be mailed (A7.8)."""

import json
import os
import pwd
from collections.abc import Callable

from flask import Flask

from newsletter.config import SecretKey
from tests.conftest import SECRET, Contents, Run
from tests.people import Inbox, People, later

ADA, GRACE = "ada@example.org", "grace@example.org"
WHY = ("--reason", "asked by phone", "--actor", "grace")


def test_a_suppressed_address_gets_no_letter_until_it_is_lifted(run: Run, people: People, inbox: Inbox) -> None:
    run("suppressions", "add", ADA.upper(), *WHY)
    run("suppressions", "add", GRACE, *WHY)
    people.ask(ADA)
    assert inbox.letters(ADA) == []

    assert run("suppressions", "lift", ADA, *WHY).stdout == "The suppression is lifted.\n"

    for address in (ADA, GRACE):
        people.ask(address)
    assert (len(inbox.letters(ADA)), len(inbox.letters(GRACE))) == (1, 0)


def test_the_subscriptions_end_and_the_evidence_names_who_did_it_and_why(run: Run, people: People) -> None:
    people.subscribe(ADA)

    run("suppressions", "add", ADA, *WHY)

    last = json.loads(run("evidence", "show", ADA).stdout)["evidence"][-1]
    assert (last["act"], last["facts"]["channel"]) == ("unsubscribed", "suppression")
    assert (last["values"]["reason"], last["values"]["actor"]) == ("asked by phone", "grace")


def test_a_link_that_was_mailed_before_is_dead(run: Run, people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)

    run("suppressions", "add", ADA, *WHY)

    assert people.client.get(link).status_code == 404


def test_show_tells_until_when_and_why(run: Run) -> None:
    assert run("suppressions", "show", ADA).stdout == "Not suppressed.\n"

    run("suppressions", "add", ADA, "--reason", "phoned", "--actor", "grace")

    told = run("suppressions", "show", ADA).stdout
    assert told.startswith("Suppressed since ")
    assert told.endswith(": phoned (grace)\n")


def test_showing_is_journaled_as_a_reading(run: Run, contents: Callable[[], Contents]) -> None:
    """D4.3, A7.9: what is known by a keyed hash is about somebody, too; the address itself is not in the journal."""
    run("suppressions", "add", ADA, *WHY)

    run("suppressions", "show", ADA)

    [reading] = contents()["reads"]
    assert f"suppressions show by {pwd.getpwuid(os.getuid()).pw_name}" in reading
    assert ADA not in reading


def test_a_suppression_ends_after_two_years_which_begin_anew_when_it_is_asked_for_again(
    run: Run, people: People, inbox: Inbox
) -> None:
    """A7.8: to the day, though no job has run."""
    for address in (ADA, GRACE):
        run("suppressions", "add", address, *WHY)
    with later(days=700):
        assert run("suppressions", "add", ADA, *WHY).exit_code == 0

    with later(days=800):
        assert run("suppressions", "show", ADA).stdout.startswith("Suppressed since ")
        assert run("suppressions", "show", GRACE).stdout == "Not suppressed.\n"
        people.ask_each(ADA, GRACE)
        assert [len(inbox.letters(address)) for address in (ADA, GRACE)] == [0, 1]


def test_lifting_what_is_not_there_changes_nothing(run: Run, people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    before = contents()

    for address in (ADA, GRACE):
        assert run("suppressions", "lift", address, *WHY).stdout == "Not suppressed.\n"

    assert contents() == before


def test_an_act_without_a_reason_is_kept_with_the_name_of_the_account(run: Run) -> None:
    """PRODUCT 4.4 names the commands with an address alone."""
    account = pwd.getpwuid(os.getuid()).pw_name

    assert run("suppressions", "add", ADA).exit_code == 0
    assert run("suppressions", "show", ADA).stdout.endswith(f": none given ({account})\n")
    assert run("suppressions", "lift", ADA).stdout == "The suppression is lifted.\n"


def test_what_is_no_address_is_refused_in_words(run: Run) -> None:
    refused = run("suppressions", "show", "ada at home")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "not an e-mail address" in refused.stderr


def test_lifting_stays_on_record_as_evidence_of_the_person(run: Run, people: People) -> None:
    people.subscribe(ADA)
    run("suppressions", "add", ADA, *WHY)

    run("suppressions", "lift", ADA, *WHY)

    acts = json.loads(run("evidence", "show", ADA).stdout)["evidence"]
    assert acts[-1]["act"] == "suppression_lifted"
    assert acts[-1]["values"] == {"actor": "grace", "reason": "asked by phone"}
    assert run("evidence", "verify", ADA).exit_code == 0


def test_of_an_address_without_evidence_it_stays_on_record_by_its_hash(
    run: Run, contents: Callable[[], Contents]
) -> None:
    run("suppressions", "add", ADA, *WHY)

    run("suppressions", "lift", ADA, *WHY)
    run("suppressions", "lift", ADA, *WHY)  # nothing more to lift, and nothing more to tell

    (kept,) = contents()["liftings"]
    assert "asked by phone" in kept
    assert "ada@" not in str(contents())
    for what in ("add", "lift"):
        run("suppressions", what, GRACE, "--reason", "hers alone", "--actor", "grace")
    told = json.loads(run("contacts", "export", ADA, *WHY).stdout)  # a keyed hash is personal data (A7.9)
    assert [lifting["reason"] for lifting in told["suppressions_lifted"]] == ["asked by phone"]
    with later(days=700):
        assert "suppressions: 0\n" in run("purge").stdout
    with later(days=800):
        assert "suppressions: 2\n" in run("purge").stdout
    assert contents()["liftings"] == []


def test_what_was_said_of_one_address_stays_when_another_is_erased(run: Run, people: People) -> None:
    people.subscribe(ADA)
    run("suppressions", "add", GRACE, *WHY)

    assert run("contacts", "erase", ADA, *WHY).exit_code == 0

    assert run("suppressions", "show", GRACE).stdout.endswith(": asked by phone (grace)\n")


def test_whose_suppression_was_lifted_is_found_by_no_ring_without_the_key_of_that_time(
    run: Run, contents: Callable[[], Contents], make_app: Callable[..., Flask]
) -> None:
    """PRODUCT 4.12: an erasure would say that nothing is kept, and leave what staff wrote about the person."""
    for what in ("add", "lift"):
        run("suppressions", what, ADA, "--reason", "Ada Lovelace rang", "--actor", "grace")
    newer = SecretKey(secret="a key that has taken the place of another one")

    with make_app(secret_keys=(newer,)).app_context() as forgetful:
        told = forgetful.app.test_cli_runner().invoke(args=["contacts", "erase", ADA, *WHY])
    assert "NEWSLETTER_SECRET_KEYS: lacks a key" in told.stderr
    with make_app(secret_keys=(newer, SECRET)).app_context() as whole:
        whole.app.test_cli_runner().invoke(args=["contacts", "erase", ADA, *WHY])
    assert "Lovelace" not in str(contents())
