"""Another address: asked for at the old one, confirmed at the new one, and only then so (PRODUCT 4.6; A8.4, C5)."""

import hashlib
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import Forms, Inbox, People, Tool, later, text_of

ADA, NEW, GRACE, EVE = "ada@example.org", "ada@new.example.com", "grace@example.com", "eve@example.org"


def sha256(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def fresh_link(people: People, inbox: Inbox, address: str = ADA) -> str:
    people.client.post("/manage", data={"email": address})
    return inbox.link(address, "me")


def move(people: People, link: str, to: str = NEW) -> TestResponse:
    """Type another address on the own page, and send it."""
    fields = Forms(people.client.get(link).text).forms["address"]["fields"]
    return people.client.post(link, data={**fields, "email": to})


@pytest.fixture
def link(people: People, inbox: Inbox) -> str:
    people.subscribe(ADA, first_name="Augusta", tracking=True)
    return fresh_link(people, inbox)


# Asking


def test_nothing_changes_before_the_new_address_confirms(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    answer = move(people, link)

    assert "is on its way" in answer.text
    assert NEW in answer.text
    assert inbox.links(NEW)
    assert tool.contact(ADA)["status"] == "subscribed"
    assert tool.contact(NEW) == {}
    assert tool.kinds() == ["confirmed"]


def test_the_letter_to_the_new_address_says_nothing_of_the_person(people: People, inbox: Inbox, link: str) -> None:
    """A3, C3: should the address be a stranger's, they learn nothing of who typed it."""
    move(people, link)

    [letter] = inbox.letters(NEW)
    html = letter.get_body(("html",))
    assert html is not None
    for personal in (ADA, "Augusta", "127.0.0.1"):
        assert personal not in text_of(letter) + html.get_content()
    assert letter["List-Unsubscribe"] is None
    page = people.client.get(inbox.link(NEW))
    assert "a***@n***.com" in page.text
    assert NEW not in page.text
    assert ADA not in page.text
    assert "Augusta" not in page.text


def test_the_old_address_is_told_and_can_stop_it(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)

    answer = people.press(inbox.link(ADA, "cancel"), "cancel")

    assert "the change is stopped" in answer.text
    assert people.client.get(confirm).status_code == 404
    assert people.client.get(link).status_code == 404  # somebody else had opened the page
    assert tool.contact(ADA)["status"] == "subscribed"


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_both_letters_are_in_the_persons_language(people: People, inbox: Inbox, language: str) -> None:
    people.subscribe(ADA, language=language)

    move(people, fresh_link(people, inbox))

    subjects = {"da": ("Bekræft", "Din adresse"), "de": ("Bitte", "Ihre Adresse"), "en": ("Please", "Your address")}
    assert inbox.subjects(NEW)[-1].startswith(subjects[language][0])
    assert inbox.subjects(ADA)[-1].startswith(subjects[language][1])


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "ada@example.org", "ADA@example.org", "=x@example.org", "abuse@example.org"]
)
def test_what_cannot_be_an_address_of_theirs_is_said(
    people: People, link: str, contents: Callable[[], Contents], wrong: str
) -> None:
    before = contents()

    answer = move(people, link, wrong)

    assert answer.status_code == 422
    assert contents() == before


def test_the_page_says_the_same_whatever_is_known_of_the_new_address(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """C5, C6: another subscriber's, a suppressed and an unknown one."""
    people.subscribe(GRACE)
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    answers = set()
    for number, to in enumerate((GRACE, EVE, NEW)):
        people.subscribe(f"ada{number}@example.org")
        link = fresh_link(people, inbox, f"ada{number}@example.org")
        answer = move(people, link, to)
        answers.add((answer.status_code, "is on its way" in answer.text))

    assert answers == {(200, True)}


def test_a_suppressed_address_gets_no_letter(people: People, inbox: Inbox, link: str) -> None:
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    before = len(inbox.letters(EVE))

    move(people, link, EVE)

    assert len(inbox.letters(EVE)) == before


def test_the_letter_counts_like_what_strangers_cause(people: People, inbox: Inbox, link: str) -> None:
    """C4: one per ten minutes and address, whoever typed it; the notice is uncapped."""
    people.ask(NEW)
    assert len(inbox.letters(NEW)) == 1

    move(people, link)

    assert len(inbox.letters(NEW)) == 1
    assert inbox.link(ADA, "cancel")
    with later(minutes=11):
        assert len(inbox.letters(NEW)) == 2


def test_one_person_can_ask_five_times_a_day(people: People, inbox: Inbox, link: str) -> None:
    for number in range(5):
        assert move(people, link, f"grace{number}@example.com").status_code == 200

    assert move(people, link, "one.too.many@example.com").status_code == 429
    assert inbox.letters("one.too.many@example.com") == []


# Confirming


def test_the_new_address_takes_the_place_of_the_old(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    before = tool.contact(ADA)
    move(people, link)

    answer = people.press(inbox.link(NEW), "confirm")

    assert "your new address is confirmed" in answer.text
    assert tool.contact(ADA) == {}
    contact = tool.contact(NEW)
    assert contact["id"] == before["id"]
    assert (contact["fields"], contact["topics"]) == (before["fields"], before["topics"])
    assert contact["tracking_allowed"]
    assert contact["version"] == before["version"] + 1


def test_tools_that_know_only_addresses_are_told_both(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    """PRODUCT 5.2"""
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    change = tool.changes()[-1]
    contact_id = change["id"]
    assert change["kind"] == "updated"
    assert change["match"] == {"id": contact_id, "email_sha256": sha256(NEW)}
    assert change["previous_match"] == {"id": contact_id, "email_sha256": sha256(ADA)}
    assert change["contact"]["email"] == NEW


def test_every_newsletter_moves(people: People, inbox: Inbox, tool: Tool) -> None:
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    move(people, fresh_link(people, inbox))

    people.press(inbox.link(NEW), "confirm")

    assert tool.contact(NEW)["status"] == tool.contact(NEW, "webshop")["status"] == "subscribed"
    assert tool.kinds("webshop") == ["confirmed", "updated"]


def test_the_evidence_is_whole_and_tells_of_both_acts(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    """A2.2: who asked, the letter and the relay's answer, who confirmed."""
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    page = people.client.get(fresh_link(people, inbox, NEW))
    assert "Your address was changed" in page.text
    assert page.text.count("A letter was sent to you") == 2
    [record] = [record for record in contents()["evidence"] if "'address_changed'" in record]
    assert '"channel":"me"' in record
    assert '"method":"button"' in record


def test_looking_and_blind_posts_do_not_confirm(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm, deny, stop = inbox.link(NEW), inbox.link(NEW, "cancel"), inbox.link(ADA, "cancel")
    before = contents()

    for path in (confirm, deny, stop):
        people.client.get(path)
        for fields in ({}, {"nonce": ""}, {"nonce": "x", "never_again": "yes"}):
            assert people.client.post(path, data=fields).status_code == 200

    assert contents() == before


def test_a_second_press_changes_nothing(
    people: People, inbox: Inbox, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    people.client.post(confirm, data=fields)
    before = contents()

    assert "your new address is confirmed" in people.client.post(confirm, data=fields).text
    assert "your new address is confirmed" in people.client.get(confirm).text
    assert contents() == before


def test_the_old_mailbox_opens_nothing_any_more(people: People, inbox: Inbox, link: str) -> None:
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    assert people.client.get(link).status_code == 404
    with later(hours=1):
        people.client.post("/manage", data={"email": ADA})
        people.client.post("/manage", data={"email": NEW})
        assert inbox.links(ADA, "me") == [link]
        assert people.client.get(inbox.link(NEW, "me")).status_code == 200


def test_it_expires_to_the_second_and_without_a_trace(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    confirm = inbox.link(NEW)

    with later(days=7):
        assert people.client.get(confirm).status_code == 404
        people.client.application.test_cli_runner().invoke(args=["purge"])

    kept = contents()
    assert "new.example.com" not in str(kept)
    assert kept["address_changes"] == []
    assert tool.contact(ADA)["status"] == "subscribed"


def test_a_page_that_was_open_for_too_long_comes_again(people: People, inbox: Inbox, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    stale = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]

    with later(hours=1, seconds=2):
        again = people.client.post(confirm, data=stale)
        done = people.client.post(confirm, data=Forms(again.text).forms["confirm"]["fields"])

    assert "open for too long" in again.text
    assert "your new address is confirmed" in done.text


# When something has come in between


def test_a_newer_wish_takes_the_place_of_the_older(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link, GRACE)
    older = inbox.link(GRACE)
    move(people, link)

    assert people.client.get(older).status_code == 404
    people.press(inbox.link(NEW), "confirm")
    assert tool.contact(NEW)["status"] == "subscribed"


def test_the_same_wish_again_leaves_the_link_alive_that_is_under_way(people: People, inbox: Inbox, link: str) -> None:
    """A double click, before and after its letter has left; later, whose letter got lost gets another."""
    move(people, link)
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


def test_who_has_left_meanwhile_does_not_move(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]
    people.leave(ADA)

    assert people.client.post(confirm, data=fields).status_code == 404
    assert tool.contact(NEW) == {}


def test_the_new_address_can_say_never_again(people: People, inbox: Inbox, tool: Tool, link: str) -> None:
    move(people, link)
    confirm = inbox.link(NEW)
    fields = Forms(people.client.get(confirm).text).forms["confirm"]["fields"]

    answer = people.press(inbox.link(NEW, "cancel"), "cancel", never_again="yes")

    assert "the change is stopped" in answer.text
    assert people.client.post(confirm, data=fields).status_code == 404
    assert tool.contact(ADA)["status"] == "subscribed"
    before = len(inbox.letters(NEW))
    with later(days=2):
        people.ask(NEW)
        assert len(inbox.letters(NEW)) == before


def test_not_me_after_the_confirmation_ends_it_and_disputes_it(
    people: People, inbox: Inbox, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    move(people, link)
    people.press(inbox.link(NEW), "confirm")

    answer = people.press(inbox.link(ADA, "cancel"), "cancel")

    assert "the subscription has ended" in answer.text
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
