"""The operator's hand on the outbox: hold, go on, try again (PRODUCT 4.3)."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.people import Inbox, People
from tests.servers import Relay

ADA = "ada@example.org"
Run = Callable[..., str]


@pytest.fixture
def run(service: Flask) -> Run:
    """`flask letters ...`, and what it prints."""
    return lambda *arguments: service.test_cli_runner().invoke(args=["letters", *arguments]).stdout


def test_while_an_operator_holds_them_letters_wait_and_then_all_leave(run: Run, people: People, inbox: Inbox) -> None:
    run("pause")
    people.ask(ADA)
    assert inbox.letters(ADA) == []

    run("resume")

    assert len(inbox.letters(ADA)) == 1


def test_the_status_tells_why_letters_do_not_leave(run: Run, people: People) -> None:
    run("pause", "--reason", "moving\x1b the relay")
    people.ask(ADA)

    told = run("status")

    assert "until `flask letters resume`: moving\ufffd the relay\n" in told
    assert "waiting: 1\n" in told
    assert "The oldest letter that is due waits since " in told


def test_the_status_tells_when_a_relay_in_trouble_is_tried_again(
    run: Run, people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("MAIL", "550 5.7.1 You may not send")
    people.ask(ADA)
    inbox.work()

    assert "tried again at" in run("status")


def test_what_waits_for_its_next_attempt_can_be_tried_now(run: Run, people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", "450 4.2.0 Not now", times=1)
    people.ask(ADA)
    assert inbox.letters(ADA) == []

    assert run("retry") == "Letters due now: 1.\n"

    assert len(inbox.letters(ADA)) == 1


def test_what_was_refused_for_good_is_tried_again_only_on_request(
    run: Run, people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("RCPT", "550 5.1.1 No such user", times=1)
    people.ask(ADA)
    inbox.work()

    assert run("retry") == "Letters due now: 0.\n"
    assert inbox.letters(ADA) == []
    assert run("retry", "--refused") == "Letters due now: 1.\n"
    assert len(inbox.letters(ADA)) == 1


def test_what_a_limit_holds_back_is_not_freed(run: Run, people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    people.ask(ADA, first_name="Ada")
    assert len(inbox.letters(ADA)) == 1

    run("retry")

    assert len(inbox.letters(ADA)) == 1
    assert "held: 1\n" in run("status")
