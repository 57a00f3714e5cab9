"""A disputed sign-up can be kept as evidence, and no longer than was said (A4.7)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import pytest

from newsletter import feed, privacy, signups
from newsletter.db import reader
from newsletter.errors import SignupUnknown
from newsletter.signups import Order, disputes
from tests.conftest import Contents, Run
from tests.crowd import Crowd
from tests.people import Inbox, People, at
from tests.verbs.holds.holding import ADA, GRACE, WHY


def test_a_held_signup_survives_its_deadline_and_its_link_does_not(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """A4.7"""
    with at(2027, 1, 1, 12):
        people.ask(ADA)
        link = inbox.link(ADA)
        assert run("signups", "hold", ADA, "--until", "2027-02-28").stdout == "1 held until 2027-02-28.\n"
    with at(2027, 1, 8, 12, 1):
        assert "signups: 0\n" in run("purge").stdout
        assert people.client.get(link).status_code == 404
        with reader() as session:
            assert signups.overdue(session) == 0
    with at(2027, 2, 28, 23, 59):
        assert "signups: 0\n" in run("purge").stdout
        assert len(contents()["signups"]) == len(contents()["letters"]) == 1

    with at(2027, 3, 1, 0, 1):
        assert "signups: 1\n" in run("purge").stdout
    assert contents()["signups"] == contents()["letters"] == []
    assert "lovelace" not in str(contents())


def test_a_held_signup_that_loses_its_letters_place_is_kept_and_expires_once(
    run: Run, people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    with at(2027, 1, 1, 12):
        for topic in ("events", "products"):
            people.ask(ADA, topic=topic)
            inbox.work()
        run("signups", "hold", ADA, "--until", "2027-01-31")
        people.ask(ADA, topic="stories")
        inbox.work()
        assert len(contents()["signups"]) == 3
    with at(2027, 2, 1, 0, 1):
        run("purge")

        days = feed.stats("nyhedsbrev", date(2027, 1, 1), date(2027, 2, 1))
    assert (sum(day["signed_up"] for day in days), sum(day["expired"] for day in days)) == (3, 3)


def test_whoever_is_erased_or_leaves_is_told_what_a_dispute_keeps(run: Run, people: People) -> None:
    held = "a sign-up is held as evidence until 2027-01-31"
    with at(2027, 1, 1):
        people.ask(ADA)
        run("signups", "hold", ADA, "--until", "2027-01-31", *WHY)

        left = run("contacts", "unsubscribe", ADA, "--reason", "phone", "--actor", "grace").stdout
        assert "Signups that waited, deleted: 0" in left
        assert held in left
        erased = run("contacts", "erase", ADA, "--reason", "phone", "--actor", "grace").stdout
        assert "nothing is kept" not in erased
        assert held in erased
        assert "can go to court, or complain to Datatilsynet" in erased
        assert "says it was not her" in run("signups", "list").stdout, "of what is kept, why it is kept stays too"


def test_the_person_is_told_that_it_is_kept_why_and_until_when(run: Run, people: People) -> None:
    """A8.2, A7.6: also when they have everything erased, on their own page."""
    with at(2027, 1, 1):
        people.subscribe(ADA, language="da")
        people.ask(ADA, slug="webshop")
        people.inbox.work()
        for until in ("2027-01-31", "2027-01-25"):
            run("signups", "hold", ADA, "--until", until, *WHY)
    with at(2027, 1, 20):
        page = people.fresh_link(ADA)
        shown, [told] = people.client.get(page).text, people.client.get(f"{page}/data.json").get_json()["signups"]
        erased = people.client.post(page, data=people.opened(f"{page}/erase", "erase")).text

    assert "gemmes som bevis i en tvist. Den slettes den 1. februar 2027" in shown
    assert told["deleted_at"] == told["held_until"] == "2027-02-01T00:00:00+00:00"
    assert told["holds"][0]["reason"] == WHY[1]
    assert "gemmes som bevis i en tvist indtil den 1. februar 2027" in erased


def test_a_hold_that_ends_before_the_deadline_brings_nothing_forward(run: Run, people: People) -> None:
    """A8.2"""
    with at(2027, 1, 1):
        people.subscribe(ADA)
        people.ask(ADA, slug="webshop")
        people.inbox.work()
        run("signups", "hold", ADA, "--until", "2027-01-02", *WHY)
        [told] = people.client.get(f"{people.fresh_link(ADA)}/data.json").get_json()["signups"]

    assert told["held_until"] < told["confirmable_until"] == told["deleted_at"]


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_an_erasure_takes_what_was_written_of_a_sign_up_that_is_gone(
    run: Run, people: People, contents: Callable[[], Contents], is_confirmed: bool
) -> None:
    """A7.6: when and by whom it was held stays; what staff wrote may be about the person. Of others nothing goes."""
    for address in (GRACE, ADA):
        people.ask(address)
        people.inbox.work()
        run("signups", "hold", address, "--until", "2030-01-31", "--reason", f"{address} phoned", *WHY[2:])
    people.confirm(GRACE)
    if is_confirmed:
        people.confirm(ADA)
    else:
        run("signups", "release", ADA, "--reason", "Augusta again", *WHY[2:])

    run("contacts", "erase", ADA, "--reason", "phone", "--actor", "grace")

    (of_another,), (hold,) = [[row for row in contents()["holds"] if (GRACE in row) is its] for its in (True, False)]
    assert f"{GRACE} phoned" in of_another
    assert "Augusta" not in hold
    assert ADA not in hold
    assert "'grace'" in hold


def test_who_held_it_and_why_is_on_record_for_a_time_without_the_address(
    run: Run, people: People, contents: Callable[[], Contents]
) -> None:
    """A4.7"""
    with at(2027, 1, 1):
        people.ask(ADA)
        run("signups", "hold", ADA, "--until", "2027-01-31", *WHY)
        listed = run("signups", "list").stdout
        assert "nyhedsbrev until 2027-01-31, grace: says it was not her" in listed
        assert "lovelace" not in listed
    with at(2027, 2, 2):
        run("purge")
        assert run("signups", "list").stdout == ""
        (kept,) = contents()["holds"]
        assert "says it was not her" in kept
        assert "grace" in kept
    with at(2029, 2, 2):
        assert "requests: 1\n" in run("purge").stdout
    assert contents()["holds"] == []


def test_a_hold_may_be_released_and_then_the_deadline_counts_again(
    run: Run, people: People, contents: Callable[[], Contents]
) -> None:
    """For that address, and no other."""
    with at(2027, 1, 1):
        people.ask(GRACE)
        people.ask(ADA)
        run("signups", "hold", GRACE, "--until", "2027-06-30", *WHY)
        run("signups", "hold", ADA, "--until", "2027-06-30", *WHY)
    with at(2027, 1, 9):
        assert run("signups", "release", ADA, *WHY).stdout == "1 released.\n"
        assert run("signups", "release", ADA).stdout == "Nothing was held.\n"
        assert "signups: 1\n" in run("purge").stdout
    [kept] = contents()["signups"]
    assert GRACE in kept


def test_of_several_holds_the_latest_end_counts(run: Run, people: People, contents: Callable[[], Contents]) -> None:
    with at(2027, 1, 1):
        people.ask(ADA)
        ends = "2027-03-31", "2027-06-30", "2027-02-28"
        told = [run("signups", "hold", ADA, "--until", until, *WHY).stdout for until in ends]
        assert told[1] == "1 held until 2027-06-30.\n"
        assert told[2] == "1 held until 2027-02-28. An earlier hold lasts until 2027-06-30.\n"
        erased = run("contacts", "erase", ADA, "--reason", "phone", "--actor", "grace").stdout
        assert "a sign-up is held as evidence until 2027-06-30" in erased
    with at(2027, 6, 30, 23):
        assert "signups: 0\n" in run("purge").stdout
    with at(2027, 7, 1, 1):
        assert "signups: 1\n" in run("purge").stdout
    assert contents()["signups"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((GRACE, "--until", "2100-01-01"), 1),
        ((ADA, "--until", "2020-01-01"), 2),
        ((ADA, "--until", "tomorrow"), 2),
        ((ADA, "--until", "9999-12-31"), 2),
        ((ADA,), 2),
        (("no address", "--until", "2100-01-01"), 1),
    ],
)
def test_what_cannot_be_held_is_refused(run: Run, people: People, arguments: tuple[str, ...], code: int) -> None:
    people.ask(ADA)

    assert run("signups", "hold", *arguments).exit_code == code
    assert run("signups", "list").stdout == ""


def test_a_hold_at_the_moment_of_deletion_either_keeps_it_or_says_that_it_is_gone(
    crowd: Crowd, people: People, contents: Callable[[], Contents]
) -> None:
    with at(2027, 1, 1):
        people.ask(ADA)

    def hold() -> bool:
        try:
            disputes.keep(ADA, datetime(2028, 1, 1, tzinfo=UTC), Order(reason="disputed", actor="grace"))
        except SignupUnknown:
            return False
        return True

    with at(2027, 1, 9):
        expire = partial(signups.expire, privacy.BATCH)
        kept, *_ = crowd.do(hold, expire, expire)

    assert len(contents()["signups"]) == len(contents()["holds"]) == int(kept)
