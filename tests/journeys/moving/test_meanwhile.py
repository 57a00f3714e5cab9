"""Another address, when something has come in between (PRODUCT 4.6; A8.4)."""

from collections.abc import Callable

import pytest

from tests.conftest import Contents
from tests.crowd import Crowd
from tests.journeys.moving.moving import ADA, EVE, GRACE, NEW, move
from tests.people import Forms, Inbox, People, Tool, later
from tests.servers import Relay


def test_a_newer_wish_takes_the_place_of_the_older(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link, GRACE)
    older = inbox.link(GRACE)
    move(people, link)

    assert people.client.get(older).status_code == 404
    people.press(inbox.link(NEW), "confirm")
    assert tool.contact(NEW)["status"] == "subscribed"


def test_the_same_wish_again_leaves_the_link_alive_that_is_under_way(people: People, inbox: Inbox, link: str) -> None:
    """A double click, before and after its letter has left; later, whose letter got lost gets another."""
    for _ in range(5):  # as many wishes as a day has, were each one more
        move(people, link)
    confirm = inbox.link(NEW)
    answer = move(people, link)

    assert "is on its way" in answer.text
    assert people.client.get(confirm).status_code == 200
    assert len(inbox.links(ADA, "cancel")) == 2  # of the signup, and of one notice
    with later(minutes=11):
        move(people, link)
        assert len(inbox.links(NEW)) == 2
        assert "your new address is confirmed" in people.press(inbox.link(NEW), "confirm").text


def test_the_wish_can_be_dropped_on_the_page(people: People, inbox: Inbox, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)

    fields = Forms(people.client.get(link).text).forms["keep-address"]["fields"]
    answer = people.client.post(link, data=fields)

    assert NEW not in answer.text
    assert people.client.get(confirm).status_code == 404


def test_whoever_drops_their_wish_drops_nobody_else_s(people: People, inbox: Inbox, link: str) -> None:
    people.subscribe(GRACE)
    move(people, people.fresh_link(GRACE), EVE)
    move(people, link)
    mine, hers = inbox.link(NEW), inbox.link(EVE)

    people.press(link, "keep-address")

    assert people.client.get(mine).status_code == 404
    assert people.client.get(hers).status_code == 200


def test_an_address_that_is_somebodys_stays_theirs(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    """Only the owner of the new mailbox learns why, in the language of the letter whatever the browser speaks."""
    people.subscribe(GRACE)
    with later(minutes=11):
        move(people, link, GRACE)

        answer = people.press(inbox.link(GRACE), "confirm")

    assert answer.status_code == 409
    assert "This address has or had a subscription of its own" in answer.text
    assert tool.contact(ADA)["status"] == tool.contact(GRACE)["status"] == "subscribed"


def test_who_becomes_a_subscriber_meanwhile_keeps_the_address(
    people: People, inbox: Inbox, tool: Tool, link: str
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    with later(minutes=11):
        people.subscribe(NEW)

        assert people.press(confirm, "confirm").status_code == 409

    assert tool.contact(ADA)["status"] == tool.contact(NEW)["status"] == "subscribed"


def test_what_the_cap_held_back_for_the_new_address_leaves_once_it_is_confirmed(
    people: People, inbox: Inbox, link: str
) -> None:
    """Its owner has spoken, as when a sign-up is confirmed (PRODUCT 4.2)."""
    move(people, link)
    confirm = inbox.link(NEW)
    people.ask(NEW, slug="webshop")
    assert len(inbox.letters(NEW)) == 1

    people.press(confirm, "confirm")

    assert len(inbox.letters(NEW)) == 2


def test_who_has_left_meanwhile_asks_for_no_other_address(people: People, inbox: Inbox, link: str) -> None:
    fields = Forms(people.client.get(link).text).forms["address"]["fields"]
    people.leave(ADA)

    assert people.client.post(link, data={**fields, "email": NEW}).status_code == 409
    assert inbox.letters(NEW) == []


def test_who_has_left_meanwhile_does_not_move(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    people.leave(ADA)

    assert people.client.post(confirm, data=fields).status_code == 404
    assert tool.contact(NEW) == {}


def test_a_wish_goes_with_the_last_leaving_and_does_not_live_again(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    people.leave(ADA)
    people.client.application.test_cli_runner().invoke(args=["purge"])

    assert contents()["address_changes"] == []
    with later(minutes=11):
        people.subscribe(ADA)
        assert people.client.get(confirm).status_code == 404
    assert tool.contact(NEW) == {}


@pytest.mark.parametrize("act", ["unsubscribe", "restrict"])
def test_nobody_is_mailed_for_somebody_who_moves_nowhere_any_more(
    people: People, inbox: Inbox, link: str, act: str
) -> None:
    """A8.5: the letter would lead a stranger to a dead link."""
    move(people, link)
    forms = Forms(people.client.get(link).text).forms
    people.client.post(link, data=next(form["fields"] for name, form in forms.items() if name.startswith(act)))

    assert inbox.letters(NEW) == []


def test_the_new_address_can_say_never_again(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]

    answer = people.press(inbox.link(NEW, "cancel"), "cancel", never_again="yes")

    assert "the change is stopped" in answer.text
    assert "It is also noted that you do not want to be written to again." in answer.text
    assert "This note is deleted on " in answer.text
    assert people.client.post(confirm, data=fields).status_code == 404
    assert tool.contact(ADA)["status"] == "subscribed"
    before = len(inbox.letters(NEW))
    with later(days=2):
        people.ask(NEW)
        assert len(inbox.letters(NEW)) == before


@pytest.mark.parametrize(("to", "wait"), [(NEW, {"days": 6, "hours": 23, "minutes": 1}), (ADA, {"days": 7})])
def test_neither_of_its_letters_leaves_too_late(
    people: People, inbox: Inbox, relay: Relay, link: str, to: str, wait: dict[str, float]
) -> None:
    """The one with the link while it would live an hour, as of any other (PRODUCT 4.3); the notice while it waits."""
    before = len(inbox.letters(to))
    relay.answer("RCPT", "451 4.7.1 Greylisted")
    move(people, link)
    inbox.work()
    relay.be_kind()

    with later(**wait):
        assert len(inbox.letters(to)) == before


def test_an_address_whose_owner_has_asked_for_silence_meanwhile_is_nobodys(
    people: People, inbox: Inbox, tool: Tool, link: str
) -> None:
    """PRODUCT 4.4: by the letter of another sign-up; a suppressed address is never in the feed."""
    people.ask(NEW)
    silence = inbox.link(NEW, "cancel")
    with later(minutes=11):
        move(people, link)
        confirm = inbox.link(NEW)
        fields = people.opened(confirm, "confirm")
        people.press(silence, "cancel", never_again="yes")

        assert people.client.get(confirm).status_code == 404
        assert people.client.post(confirm, data=fields).status_code == 404
        assert tool.contact(NEW) == {}


@pytest.mark.parametrize("ticked", [{}, {"never_again": "yes"}])
def test_a_page_to_stop_it_that_was_open_for_too_long_comes_again_as_it_was(
    people: People, inbox: Inbox, link: str, ticked: dict[str, str]
) -> None:
    move(people, link)
    stop = inbox.link(NEW, "cancel")
    form = Forms(people.client.get(stop).text).forms["cancel"]["fields"]

    with later(hours=1, minutes=1):
        again = people.client.post(stop, data={**form, **ticked})

    assert "open for too long" in again.text
    assert ("checked" in again.text) == bool(ticked)


@pytest.mark.parametrize("mailbox", [ADA, NEW])
def test_not_me_after_the_confirmation_ends_it_and_disputes_it(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents], mailbox: str
) -> None:
    """It tells of no silence that is not kept."""
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    answer = people.press(inbox.link(mailbox, "cancel"), "cancel", never_again="yes")

    assert "the subscription has ended" in answer.text
    assert "do not want to be written to" not in answer.text
    assert contents()["suppressions"] == []
    assert tool.contact(NEW)["status"] == "unsubscribed"
    assert '"disputed":true' in "".join(contents()["evidence"])


@pytest.mark.parametrize("at_once", ["confirm and stop", "confirm twice"])
def test_presses_at_the_same_moment_are_one_of_the_stories(
    people: People, inbox: Inbox, tool: Tool, link: str, crowd: Crowd, at_once: str
) -> None:
    move(people, link)
    confirm, stop = inbox.link(NEW), inbox.link(ADA, "cancel")
    yes = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    no = Forms(people.client.get(stop).text).forms["cancel"]["fields"]
    other = (stop, no) if at_once == "confirm and stop" else (confirm, yes)

    answers = crowd.do(
        lambda: people.client.application.test_client().post(confirm, data=yes).status_code,
        lambda: people.client.application.test_client().post(other[0], data=other[1]).status_code,
    )

    assert set(answers) <= {200, 404}
    if at_once == "confirm twice":
        assert tool.kinds() == ["confirmed", "updated"]
    else:
        assert tool.kinds() in (["confirmed"], ["confirmed", "updated", "unsubscribed"])
