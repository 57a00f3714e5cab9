"""The same address again: double clicks, lost letters, other wishes, caps, who is known already (PRODUCT 4.2)."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import Inbox, People, later, text_of
from tests.servers import Relay

ADA, GRACE = "ada@example.org", "grace@example.com"


# The same wish again


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


# Another wish


def test_a_different_signup_is_one_of_its_own(people: People, inbox: Inbox) -> None:
    people.ask(ADA, topic="events")
    inbox.work()

    with later(minutes=10, seconds=1):
        people.ask(ADA, topic="products")
        events, products = inbox.links(ADA)
        assert "Invitations to events" in people.client.get(events).text
        assert "News about products" in people.client.get(products).text


def test_confirming_one_deletes_the_others_and_clears_the_counters(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """D1.3: each link confirms its own signup, and the older ones die with the first that is pressed."""
    people.ask(ADA, topic="events")
    inbox.work()
    with later(minutes=11):
        people.ask(ADA, topic="products")
        inbox.work()
        people.ask(ADA, topic="stories")
        inbox.work()
        events, products = inbox.links(ADA)
        people.press(events, "confirm")

        assert people.client.get(products).status_code == 404
        after = contents()
        assert after["signups"] == after["letters"] == after["letter_hits"] == []
        people.ask(ADA, topic="trends")
        assert len(inbox.letters(ADA)) == 3


def test_confirming_leaves_a_signup_for_another_newsletter_alone(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    inbox.work()
    with later(minutes=11):
        people.ask(ADA, slug="webshop")
        newsletter, webshop = inbox.links(ADA)

        people.press(newsletter, "confirm")

        assert "confirmed" in people.press(webshop, "confirm").text


# Caps


def test_of_the_letters_that_the_cap_holds_back_only_the_newest_leaves(people: People, inbox: Inbox) -> None:
    people.ask(ADA, topic="events")
    inbox.work()
    for topic in ("products", "stories", "trends"):
        people.ask(ADA, topic=topic)
        inbox.work()
    assert len(inbox.letters(ADA)) == 1

    with later(minutes=10, seconds=1):
        _, newest = inbox.links(ADA)
    with later(days=2):
        assert len(inbox.letters(ADA)) == 2
        page = people.client.get(newest).text
        assert "Market trends" in page
        assert "Customer statements" not in page


def test_of_held_letters_that_the_worker_finds_together_only_the_newest_leaves(people: People, inbox: Inbox) -> None:
    for topic in ("events", "products", "stories"):
        people.ask(ADA, topic=topic)
    inbox.work()

    with later(minutes=10, seconds=1):
        assert len(inbox.letters(ADA)) == 2
    with later(days=1):
        assert len(inbox.letters(ADA)) == 2
        assert "Customer statements" in people.client.get(inbox.link(ADA)).text


def test_nobody_gets_more_than_three_letters_in_thirty_days(people: People, inbox: Inbox) -> None:
    """C1, C4: the letter that asks is itself what a mailbox could be filled with."""
    topics = ["events", "products", "stories", "trends", "surveys"]
    for day, topic in enumerate(topics):
        with later(days=day):
            people.ask(ADA, topic=topic)
            inbox.work()
    with later(days=29.9):
        assert len(inbox.letters(ADA)) == 3
        people.ask(ADA, topic="events", first_name="Ada")
        inbox.work()

    with later(days=30.1):
        assert len(inbox.letters(ADA)) == 4


def test_the_cap_counts_over_all_newsletters_and_spellings(people: People, inbox: Inbox) -> None:
    """C2, C4: counted by the address, wherever the posts come from."""
    spellings = ["ada.love@gmail.com", "adalove+news@gmail.com", "Ada.Love@googlemail.com", "a.d.a.love@gmail.com"]

    for spelling, slug in zip(spellings, ["nyhedsbrev", "webshop", "nyhedsbrev", "webshop"], strict=True):
        people.ask(spelling, slug=slug)
    inbox.work()

    assert len(inbox.relay.letters) == 1


def test_the_cap_of_one_address_is_not_that_of_another(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    people.ask(GRACE)

    assert len(inbox.letters(ADA)) == len(inbox.letters(GRACE)) == 1


def test_a_held_letter_whose_link_would_not_live_an_hour_never_leaves(people: People, inbox: Inbox) -> None:
    """C14: dropped, and never late."""
    for day in range(3):
        with later(days=day):
            people.ask(ADA, topic=["events", "products", "stories"][day])
            inbox.work()
    with later(days=25):
        people.ask(ADA, topic="trends")
        inbox.work()

    with later(days=30, hours=1):
        assert len(inbox.letters(ADA)) == 4
    with later(days=50):
        assert len(inbox.letters(ADA)) == 4


def test_no_letter_leaves_late(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    people.ask(GRACE)

    with later(days=7, hours=-1, minutes=1):
        assert inbox.letters(ADA) == []


def test_a_letter_leaves_while_its_link_lives_an_hour(people: People, inbox: Inbox) -> None:
    people.ask(ADA)

    with later(days=7, hours=-1, minutes=-1):
        assert len(inbox.letters(ADA)) == 1


# Somebody known


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
    assert "You left" in people.client.get(before).text


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
