"""Several confirmations at one moment: exactly one story comes of it (D3.7)."""

from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.verbs.races.pressing import ROUNDS, pressing, story, waiting


@ROUNDS
def test_the_same_button_pressed_eight_times_confirms_once(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    press = pressing(people, inbox.link(address), "confirm")

    answers = crowd.do(*[press] * 8)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert story(address) == ["confirmed"]
    assert waiting() == 0


@ROUNDS
def test_of_two_signups_confirmed_at_once_one_wins_and_the_other_is_gone(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address, topic="events")
    inbox.work()
    with later(minutes=11):
        people.ask(address, topic="products")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)]

        answers = crowd.do(*presses)

        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert story(address) == ["confirmed"]
        assert waiting() == 0


@ROUNDS
def test_signups_for_two_newsletters_confirmed_at_once_make_one_person_with_two(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    inbox.work()
    with later(minutes=11):
        people.ask(address, slug="webshop")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)]

        answers = crowd.do(*presses)

        assert [answer.status_code for answer in answers] == [200, 200]
        assert story(address) == ["confirmed", "confirmed"]


@ROUNDS
def test_two_additions_confirmed_at_once_are_one_or_the_other(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.subscribe(address, topic="events")
    people.ask(address, topic="products")
    inbox.work()
    with later(minutes=11):
        people.ask(address, topic="stories")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)[1:]]

        answers = crowd.do(*presses)

        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert story(address) == ["confirmed", "updated"]
