"""Who writes evidence today and dates it back is found: an anchor of that time misses it (PRODUCT 4.8; A2.7)."""

import json
from pathlib import Path

import pytest

from newsletter import proof, subscriptions
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel
from tests.kept import subscriber_id
from tests.people import People, later
from tests.statements import asked
from tests.tampering import tamper
from tests.tools import contact_of
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work

EDITH = "edith@example.org"


@pytest.fixture
def anchored(people: People, folder: Path) -> None:
    """Ada subscribed forty days ago, and Grace twenty; each day had its anchor."""
    for days, address in ((-40, ADA), (-20, GRACE)):
        with later(days=days):
            people.subscribe(address)
            a_day_s_work()


def test_a_consent_that_is_dated_back_is_found(anchored: None, people: People, run: Run) -> None:
    """Before its own anchor and behind it, in the check and in the print."""
    with later(days=-30):
        wordings = {"tracking": people.wordings()["tracking"]}
        subscriptions.grant(contact_of(ADA)["id"], wordings, Cause(Channel.ME))

    for _ in range(2):
        told = run("verify", "--all")
        assert (told.exit_code, run("verify", ADA).exit_code, run("verify", GRACE).exit_code) == (1, 1, 0)
        assert "record 4: is dated " in told.stdout
        assert ", and anchor 2 of " in told.stdout
        a_day_s_work()
    with reader() as session:
        printed = json.loads(proof.PRINTERS[proof.JSON](proof.prove(session, subscriber_id(ADA))))
    assert printed["anchor"]["holds"]
    assert "misses it" in printed["chain"]["faults"][0]


def test_a_person_who_is_invented_afterwards_is_found(anchored: None, people: People, run: Run) -> None:
    with later(days=-30):
        people.subscribe(EDITH)
    a_day_s_work()

    assert "record 3: is dated " in run("verify", EDITH).stdout


def test_a_leaf_that_was_taken_away_is_missed_by_the_one_whom_it_was_about(
    anchored: None, people: People, run: Run
) -> None:
    tamper("DELETE FROM anchor_leaves WHERE position = 0")

    assert "and anchor 2 of " in run("verify", ADA).stdout
    assert run("verify", GRACE).exit_code == 1, "whose path leads by there"


def test_however_many_people_there_are_the_anchors_are_read_once_for_their_dates(anchored: None, run: Run) -> None:
    """Each day adds one, and a decade of them would be read again for every few hundred people."""
    proof = "INSERT INTO locked_proofs VALUES ('{}', 'x', 'x', '2026-01-01', '2026-01-01')"
    tamper(*map(proof.format, range(1001)))
    with asked() as statements:
        run("verify", "--all")

    read = [statement for statement, _ in statements if "anchors.root" in statement]
    assert len(read) == 2, "once for the dates, and once for the roots"


def test_who_takes_days_to_press_has_dated_nothing_back(people: People, run: Run) -> None:
    """The sign-up and its letter become evidence with the press."""
    with later(days=-9):
        people.subscribe(GRACE)
        a_day_s_work()
    with later(days=-6):
        people.ask(ADA)
        link = people.inbox.link(ADA)
    with later(days=-3):
        people.leave(GRACE)
        a_day_s_work()
    people.press(link, "confirm")

    for _ in range(2):
        assert run("verify", "--all").exit_code == 0
        a_day_s_work()


def test_an_anchor_of_a_clock_that_was_ahead_makes_nothing_seem_dated_back(people: People, run: Run) -> None:
    people.subscribe(ADA)
    with later(days=400):
        a_day_s_work()
    people.subscribe(GRACE)

    for _ in range(2):
        assert run("verify", "--all").exit_code == 0
        a_day_s_work()
    with later(days=410):
        assert run("verify", "--all").exit_code == 0
