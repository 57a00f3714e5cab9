"""The address of somebody who is subscribed, has left, or is never to be written to (PRODUCT 4.2)."""

from collections.abc import Callable

import pytest

from tests.conftest import Contents
from tests.journeys.signup_again.again import ADA
from tests.people import Inbox, People, Tool, later
from tests.servers import Relay


def test_who_is_subscribed_is_told_so_by_mail_alone(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA, first_name="Ada", tracking=True)
    before = contents()

    people.ask(ADA, language="da", first_name="Eve")

    assert "allerede" in inbox.subjects(ADA)[-1]
    assert len(inbox.links(ADA, "confirm")) == 1  # that of the first letter
    after = contents()
    for table in ("subscriptions", "subscribers", "evidence", "changes", "signups"):
        assert after[table] == before[table]


def test_who_is_subscribed_and_clicks_twice_is_told_once(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """Also when the first letter has left before the second click; after the cooldown it may have been lost."""
    people.subscribe(ADA)
    for minutes, letters in ((1, 2), (2, 2), (10.9, 2), (11.5, 3), (12, 3)):
        with later(minutes=minutes):
            people.ask(ADA)
            people.ask(ADA)
            assert len(inbox.letters(ADA)) == letters

    assert contents()["signups"] == []


def test_the_link_in_that_letter_leaves(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    people.ask(ADA)

    answer = people.press(inbox.link(ADA, "unsubscribe"), "unsubscribe")

    assert "You are unsubscribed" in answer.text


def test_that_letter_is_tried_again_when_the_relay_says_later(people: People, inbox: Inbox, relay: Relay) -> None:
    people.subscribe(ADA)
    people.ask(ADA)
    relay.answer("RCPT", "451 4.7.1 Greylisted", to=ADA, times=1)
    inbox.work()
    assert len(inbox.letters(ADA)) == 1

    with later(minutes=5):
        assert len(inbox.letters(ADA)) == 2


def test_that_letter_does_not_follow_somebody_who_has_left(people: People, inbox: Inbox, relay: Relay) -> None:
    people.subscribe(ADA)
    leaving = people.unsubscribe_link(ADA)
    people.ask(ADA)
    relay.answer("RCPT", "451 4.7.1 Greylisted", to=ADA, times=1)
    inbox.work()
    people.press(leaving, "unsubscribe")

    with later(minutes=5):
        assert len(inbox.letters(ADA)) == 1


def test_who_is_subscribed_gets_such_letters_no_more_often_than_a_stranger(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    inbox.relay.letters.clear()
    for hour in range(5):
        with later(hours=hour):
            people.ask(ADA, first_name=f"Ada {hour}")
            inbox.work()

    with later(days=1):
        assert len(inbox.letters(ADA)) == 3


@pytest.mark.parametrize("asked", [{"topic": "products"}, {"topic": "events", "tracking": True}])
def test_who_asks_for_more_is_asked_to_confirm_just_that(
    people: People, inbox: Inbox, contents: Callable[[], Contents], asked: dict[str, object]
) -> None:
    people.subscribe(ADA, topic="events", first_name="Ada")
    before = contents()

    people.ask(ADA, **asked, first_name="Eve", language="de")  # type: ignore[arg-type]

    assert inbox.subjects(ADA)[-1].startswith("Bitte bestätigen Sie die Ergänzung")
    assert contents()["subscriptions"] == before["subscriptions"]


def test_an_addition_adds_exactly_what_is_new_and_removes_nothing(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, topic="events", tracking=True)
    with later(minutes=11):
        people.ask(ADA, topic="products")
        page = people.client.get(inbox.link(ADA)).text
        receipt = people.confirm(ADA).text

    assert "already" in page
    assert "Invitations to events" in receipt
    assert "News about products" in receipt
    assert "may record and evaluate" in receipt


def test_an_addition_shows_nothing_that_it_would_not_store_and_no_box_that_would_do_nothing(
    people: People, inbox: Inbox
) -> None:
    """PRODUCT 4.4: fields as they will be stored; a box that drops tracking drops it."""
    people.subscribe(ADA, topic="events", tracking=True, first_name="Ada")
    with later(minutes=11):
        people.ask(ADA, topic="products", tracking=True, first_name="Eve Online")

        page = people.client.get(inbox.link(ADA)).text

    assert "may record and evaluate" in page
    assert "Eve Online" not in page
    assert 'name="drop"' not in page


def test_tracking_that_an_addition_would_bring_can_be_dropped(people: People, inbox: Inbox, tool: Tool) -> None:
    people.subscribe(ADA, topic="events")
    with later(minutes=11):
        people.ask(ADA, topic="products", tracking=True)
        people.confirm(ADA, drop="tracking")

    assert tool.contact(ADA)["topics"] == ["events", "products"]
    assert not tool.contact(ADA)["tracking_allowed"]


def test_who_cancels_an_addition_is_told_that_the_newsletter_goes_on(people: People, inbox: Inbox, tool: Tool) -> None:
    """Only what was entered anew is deleted, so nobody is told to be rid of it."""
    people.subscribe(ADA, topic="products")
    people.ask(ADA, topic="events")

    answer = people.press(inbox.link(ADA, "cancel"), "cancel")

    assert "<title>Done: what was entered is deleted" in answer.text
    assert "Your address goes on receiving “Konica Minolta newsletter” as before." in answer.text
    assert "will not receive" not in answer.text
    assert (tool.contact(ADA)["status"], tool.contact(ADA)["topics"]) == ("subscribed", ["products"])


def test_who_cancels_an_addition_and_wants_silence_is_told_that_nothing_is_sent(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, topic="products")
    people.ask(ADA, topic="events")

    answer = people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    assert "Your address will not receive “Konica Minolta newsletter”." in answer.text
    assert "goes on" not in answer.text


def test_an_unticked_box_on_a_repeated_form_withdraws_nothing(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA, topic="events", tracking=True)
    with later(minutes=11):
        people.ask(ADA, topic="products", tracking=False)
        people.confirm(ADA)

        assert "may record and evaluate" in people.client.get(inbox.link(ADA)).text


def test_who_has_left_can_return_by_a_full_double_opt_in(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    before = people.unsubscribe_link(ADA)
    people.leave(ADA)

    people.ask(ADA)
    assert inbox.subjects(ADA)[-1].startswith("Please confirm:")
    assert "You left" in people.client.get(before).text
    people.confirm(ADA)

    assert people.unsubscribe_link(ADA) != before


def test_a_suppressed_address_gets_no_letter_and_leaves_nothing_behind(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    for slug in ("nyhedsbrev", "webshop"):
        people.ask("Ada@example.org", slug=slug)
    inbox.work()

    assert len(inbox.relay.letters) == 1
    after = contents()
    assert after["signups"] == after["letters"] == []
    assert "ada@" not in str(after).lower()
