"""Requests in writing have a due date, and nobody can overlook that it is over (A8.3)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from newsletter import clock
from tests.conftest import Contents, Run
from tests.people import at


def figures(service: Flask) -> list[str]:
    told = service.test_client().get("/metrics").text
    return [line for line in told.splitlines() if line.startswith("newsletter_dsar_")]


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        ("2027-01-31", "2027-02-28", "2027-04-30"),
        ("2028-01-31", "2028-02-29", "2028-04-30"),
        ("2026-12-15", "2027-01-15", "2027-03-15"),
        ("2027-11-30", "2027-12-30", "2028-02-29"),
    ],
)
def test_it_is_due_one_calendar_month_after_it_came_and_at_most_two_later(
    run: Run, received: str, due: str, extended: str
) -> None:
    """G2: 31 January is followed by the end of February."""
    with at(2028, 6, 1):
        assert run("requests", "add", "access", "--received", received).stdout == f"Request 1 is due on {due}.\n"
        late = run("requests", "extend", "1", "--reason", "many of them", "--told", due)

        assert late.stdout == f"Request 1 is due on {extended}.\n"
        assert "; extended: many of them" in run("requests", "list").stdout


def test_more_time_is_only_to_be_had_where_the_person_was_told_within_the_first_month(run: Run) -> None:
    """GDPR 12(3), A8.3: who is late does not get around the alarm by calling it an extension."""
    with at(2027, 1, 31):
        run("requests", "add", "access")
    with at(2027, 3, 1):
        late = run("requests", "extend", "1", "--reason", "many of them")
        assert late.exit_code == 1
        assert "within its first month" in late.stderr
        assert run("requests", "extend", "1", "--reason", "many of them", "--told", "2027-03-02").exit_code == 2
        assert run("requests", "extend", "1", "--reason", "many of them", "--told", "2027-01-30").exit_code == 1
        assert "OVERDUE" in run("requests", "list").stdout

        assert run("requests", "extend", "1", "--reason", "many of them", "--told", "2027-02-28").exit_code == 0
        assert "OVERDUE" not in run("requests", "list").stdout


def test_what_is_open_or_overdue_shows_and_what_is_done_does_not(run: Run, service: Flask) -> None:
    with at(2027, 1, 10):
        run("requests", "add", "erasure", "--channel", "letter", "--reference", "file 17")
        run("requests", "add", "access")
        assert figures(service) == ["newsletter_dsar_open 2.0", "newsletter_dsar_overdue 0.0"]
    with at(2027, 2, 10, 23, 59):
        assert figures(service)[1] == "newsletter_dsar_overdue 0.0"
    with at(2027, 2, 11):
        assert figures(service)[1] == "newsletter_dsar_overdue 2.0"
        assert (
            "1 erasure by letter, received 2027-01-10; due 2027-02-10 OVERDUE; file 17\n"
            in run("requests", "list").stdout
        )

        assert run("requests", "done", "1", "--answer", "erased", "--actor", "grace").stdout == "Request 1 is done.\n"

        assert figures(service) == ["newsletter_dsar_open 1.0", "newsletter_dsar_overdue 1.0"]
        assert "erasure" not in run("requests", "list").stdout
        assert "done 2027-02-11 by grace: erased" in run("requests", "list", "--all").stdout


def test_an_answered_request_is_forgotten_after_its_term_and_an_open_one_never(
    run: Run, contents: Callable[[], Contents]
) -> None:
    with at(2027, 1, 31):
        run("requests", "add", "access")
        run("requests", "add", "erasure")
        run("requests", "done", "1")
    with at(2029, 1, 30):
        assert "requests: 0\n" in run("purge").stdout
    with at(2029, 1, 31, 1):
        assert "requests: 1\n" in run("purge").stdout

    assert len(contents()["requests"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "everything"), 2),
        (("add", "access", "--received", "2100-01-01"), 2),
        (("add", "access", "--channel", "pigeon"), 2),
        (("done", "7"), 1),
        (("extend", "1", "--months", "3", "--reason", "slow"), 1),
        (("extend", "1"), 2),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, arguments: tuple[str, ...], code: int) -> None:
    run("requests", "add", "access")

    assert run("requests", *arguments).exit_code == code


def test_what_is_done_is_done_once(run: Run) -> None:
    run("requests", "add", "access")
    run("requests", "done", "1")

    assert run("requests", "done", "1").exit_code == 1
    assert run("requests", "extend", "1", "--reason", "late").exit_code == 1


def test_text_of_others_cannot_steer_a_terminal(run: Run) -> None:
    run("requests", "add", "access", "--reference", "\x1b[2J17")

    assert "\x1b" not in run("requests", "list").stdout


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), -24, date(2026, 2, 28)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 1, 15), -13, date(2025, 12, 15)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
    ],
)
def test_months_are_the_calendars(day: date, months: int, then: date) -> None:
    assert clock.months_after(day, months) == then
