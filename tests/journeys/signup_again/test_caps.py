"""The same address with another wish, and how many letters it gets (PRODUCT 4.2, 4.11)."""

from collections.abc import Callable

import pytest

from newsletter import clock, feed
from tests.conftest import Contents
from tests.journeys.signup_again.again import ADA, GRACE
from tests.people import Inbox, People, later


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


def test_a_letter_of_another_newsletter_is_held_back_no_longer_than_the_counters_count(
    people: People, inbox: Inbox
) -> None:
    """Who confirms in between has spoken, and need not wait for the second letter."""
    people.ask(ADA)
    inbox.work()
    people.ask(ADA, slug="webshop")
    assert len(inbox.letters(ADA)) == 1

    people.confirm(ADA)

    assert inbox.subjects(ADA)[1:] == ["Please confirm: News from the web shop"]


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


def test_a_held_letter_that_gives_way_takes_no_link_along_that_was_sent(people: People, inbox: Inbox) -> None:
    for day in range(4):
        with later(days=day):
            people.ask(ADA)
            inbox.work()
    with later(days=4):
        link = inbox.link(ADA)
        people.ask(ADA, topic="events")
        inbox.work()

        assert len(inbox.links(ADA)) == 3
        assert people.client.get(link).status_code == 200


@pytest.mark.parametrize("at_once", [True, False])
def test_a_signup_whose_letter_never_leaves_is_kept_no_longer_than_its_letter(
    people: People, inbox: Inbox, contents: Callable[[], Contents], at_once: bool
) -> None:
    """A4.4: or strangers pile up so many for one address that its owner cannot get rid of them in time."""
    for topic in ("events", "products", "stories", "trends"):
        people.ask(ADA, topic=topic)
        if not at_once:
            inbox.work()
    inbox.work()

    kept, today = contents(), clock.now().date()
    assert len(kept["signups"]) == len(kept["letters"]) == 2
    [day] = feed.stats("nyhedsbrev", today, today)
    assert (day["signed_up"], day["letter_accepted"], day["expired"]) == (4, 1, 2)


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
    people.confirm(ADA)
    people.ask(GRACE, topic="events")
    assert len(inbox.letters(GRACE)) == 1, "Ada's word clears her own counters alone"


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
