"""What a run of the purge leaves alone: nothing goes before its term is over."""

from collections.abc import Callable

from tests.conftest import Contents, Run
from tests.journeys.moving.moving import ADA, EVE, NEW, move
from tests.people import Inbox, People, later


def test_a_fresh_link_lives_its_hour(people: People, run: Run) -> None:
    people.subscribe(ADA)
    link = people.fresh_link(ADA)

    with later(minutes=59):
        assert run("purge").exit_code == 0
        assert people.client.get(link).status_code == 200


def test_the_letter_of_a_signup_that_waits_becomes_evidence_all_the_same(
    people: People, inbox: Inbox, run: Run, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)

    with later(days=5):
        assert run("purge").exit_code == 0
        people.press(link, "confirm")

    assert "letter_sent" in str(contents()["evidence"])


def test_the_letter_of_a_move_that_waits_stays_and_nobody_else_s(
    people: People, inbox: Inbox, run: Run, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA, EVE)
    move(people, people.fresh_link(ADA))
    people.fresh_link(EVE)
    inbox.work()

    assert run("purge").exit_code == 0

    assert [NEW in letter for letter in contents()["letters"]] == [True]


def test_not_me_is_heard_though_the_deadline_of_the_move_is_over(people: People, inbox: Inbox, run: Run) -> None:
    people.subscribe(ADA)
    move(people, people.fresh_link(ADA))
    people.press(inbox.link(NEW), "confirm")
    stop = inbox.link(ADA, "cancel")

    with later(days=8):
        assert run("purge").exit_code == 0
        answer = people.press(stop, "cancel")

    assert "the subscription has ended" in answer.text
