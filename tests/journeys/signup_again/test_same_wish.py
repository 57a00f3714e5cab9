"""The same address with the same wish again: double clicks and lost letters (PRODUCT 4.2)."""

from werkzeug.test import TestResponse

from tests.crowd import Crowd
from tests.journeys.signup_again.again import ADA
from tests.people import Inbox, People, later, text_of
from tests.servers import Relay


def test_a_double_click_sends_one_letter(people: People, inbox: Inbox) -> None:
    for _ in range(2):
        assert people.ask(ADA).status_code == 303

    assert len(inbox.letters(ADA)) == 1


def test_a_double_click_that_the_worker_came_between_sends_one_letter(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()
    people.ask(ADA, topic=["events", "products", "stories", "surveys", "trends"])

    assert len(inbox.letters(ADA)) == 1


def test_ten_posts_at_the_same_moment_send_one_letter(people: People, inbox: Inbox, crowd: Crowd) -> None:
    """G5"""
    fields = people.filled(ADA)

    def post() -> TestResponse:
        return people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields)

    answers = crowd.do(*[post] * 10)
    crowd.do(inbox.work, inbox.work)

    assert [answer.status_code for answer in answers] == [303] * 10
    assert len(inbox.letters(ADA)) == 1


def test_another_spelling_of_the_same_mailbox_name_is_the_same_wish(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    people.ask("ADA@Example.ORG")

    assert len(inbox.letters(ADA)) == 1
    assert inbox.letters("ADA@example.org") == []


def test_within_the_cooldown_the_letter_does_not_leave_again(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()

    with later(minutes=9, seconds=50):
        people.ask(ADA)
        inbox.work()

    with later(days=1):
        assert len(inbox.letters(ADA)) == 1


def test_what_was_asked_again_while_the_relay_was_away_is_answered_once(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """The first letter to leave goes by itself, to find out whether the relay is back."""
    relay.answer("CONNECT", "421 4.3.2 Not now")
    people.ask(ADA)
    inbox.work()
    with later(hours=1):
        people.ask(ADA)
        inbox.work()
    relay.be_kind()
    with later(hours=2):
        assert len(inbox.letters(ADA)) == 1
    with later(hours=3):
        assert len(inbox.letters(ADA)) == 1


def test_after_the_cooldown_the_letter_of_the_same_signup_leaves_again(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()

    with later(minutes=10, seconds=1):
        people.ask(ADA)
        first, second = inbox.links(ADA)

    assert first == second


def test_the_second_letter_names_the_deadline_of_the_first(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()

    with later(days=3):
        people.ask(ADA)
        first, second = (text_of(letter) for letter in inbox.letters(ADA))
    with later(days=7, seconds=1):
        answer = people.client.get(inbox.link(ADA))

    assert first == second
    assert answer.status_code == 404


def test_a_letter_that_was_refused_does_not_keep_the_next_one_back(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", "552 5.2.2 Mailbox full", to=ADA, times=1)
    people.ask(ADA)
    inbox.work()

    with later(minutes=11):
        people.ask(ADA)
        assert len(inbox.letters(ADA)) == 1


def test_when_the_link_will_not_live_an_hour_a_new_signup_takes_its_place(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()

    with later(days=7, minutes=-59):
        people.ask(ADA)
        first, second = inbox.links(ADA)

    with later(days=8):
        assert people.client.get(first).status_code == 404
        assert people.client.get(second).status_code == 200


def test_a_double_click_is_one_although_the_first_was_taken_by_a_machine_whose_clock_is_ahead(
    people: People, inbox: Inbox
) -> None:
    with later(seconds=5):
        people.ask(ADA)
        inbox.work()
    people.ask(ADA)
    inbox.work()

    with later(minutes=11):
        assert len(inbox.letters(ADA)) == 1
