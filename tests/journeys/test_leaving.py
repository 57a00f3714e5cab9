"""Leaving: one press or one POST, at once, and without a trace left waiting (PRODUCT 4.6; A6, B2, F5)."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Contents
from tests.people import Forms, Inbox, People, Tool, later

ADA, GRACE = "ada@example.org", "grace@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_mail_program_leaves_by_one_post(people: People, contents: Callable[[], Contents], encoding: str) -> None:
    """A6.2, B2.2: without cookie, key, nonce or Referer."""
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)

    answer = people.client.post(link, data=ONE_CLICK, content_type=encoding)

    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "unsubscribed" in contents()["changes"][-1]
    assert '"channel":"one_click"' in "".join(contents()["evidence"])


def test_a_line_end_behind_the_mail_programs_body_is_no_part_of_it(
    people: People, contents: Callable[[], Contents]
) -> None:
    """Else it would be answered 200, and nobody would have left."""
    people.subscribe(ADA)

    body, form = b"List-Unsubscribe=One-Click\r\n", "application/x-www-form-urlencoded"
    answer = people.client.post(people.unsubscribe_link(ADA), data=body, content_type=form)

    assert (answer.status_code, answer.text) == (200, "")
    assert "unsubscribed" in contents()["changes"][-1]


def test_it_acts_at_once_and_once(people: People, contents: Callable[[], Contents]) -> None:
    """A6.5, B2.2, B2.5"""
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    people.client.post(link, data=ONE_CLICK)
    before = contents()

    for _ in range(3):
        assert people.client.post(link, data=ONE_CLICK).status_code == 200

    assert contents() == before
    assert "You left" in people.client.get(link).text


def test_looking_and_blind_posts_do_not_leave(people: People, contents: Callable[[], Contents]) -> None:
    """B2.3, B2.4, B2.9, F5: leaving takes the press of a button."""
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    before = contents()

    page = people.client.get(link).text
    assert "unsubscribe" in Forms(page).forms
    assert ADA not in page
    assert people.client.head(link).status_code == 200
    for fields in ({}, {"List-Unsubscribe": "yes"}, {"nonce": "x"}, {"all": "yes"}):
        answer = people.client.post(link, data=fields)
        assert "unsubscribe" in Forms(answer.text).forms

    assert contents() == before


def test_a_blind_post_of_who_has_left_tells_that_they_have(people: People) -> None:
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    people.client.post(link, data=ONE_CLICK)

    page = people.client.post(link, data={"nonce": "x"}).text

    assert "You left" in page
    assert "unsubscribe" not in Forms(page).forms


def test_one_press_on_the_page_leaves(people: People, contents: Callable[[], Contents]) -> None:
    """A6.1, A6.2: nothing is asked, not even why. A7.8: who leaves is not suppressed."""
    people.subscribe(ADA)
    form = Forms(people.client.get(people.unsubscribe_link(ADA)).text).forms["unsubscribe"]
    assert set(form["fields"]) == {"nonce"}

    answer = people.leave(ADA)

    assert "You are unsubscribed" in answer.text
    assert 'href="/newsletters/nyhedsbrev?language=en">Sign up again' in answer.text
    assert '"channel":"page"' in "".join(contents()["evidence"])
    assert contents()["suppressions"] == []


def test_a_page_that_was_open_for_too_long_comes_again(people: People) -> None:
    """With a new nonce, and never as an error (PRODUCT 4.4)."""
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    stale = Forms(people.client.get(link).text).forms["unsubscribe"]["fields"]

    with later(hours=1, seconds=2):
        again = people.client.post(link, data=stale)
        done = people.client.post(link, data=Forms(again.text).forms["unsubscribe"]["fields"])

    assert "<title>Unsubscribe" in again.text
    assert "open for too long" in again.text
    assert "You are unsubscribed" in done.text


def test_leaving_one_newsletter_leaves_the_other_alone(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    newsletter = people.unsubscribe_link(ADA)
    people.subscribe(ADA, slug="webshop")
    webshop = people.unsubscribe_link(ADA)

    people.press(newsletter, "unsubscribe")

    assert "unsubscribe" in Forms(people.client.get(webshop).text).forms


def test_leaving_all_newsletters_is_one_press(people: People) -> None:
    people.subscribe(ADA)
    newsletter = people.unsubscribe_link(ADA)
    people.subscribe(ADA, slug="webshop")
    webshop = people.unsubscribe_link(ADA)

    answer = people.press(newsletter, "unsubscribe-all")

    assert "You receive no more newsletters" in answer.text
    assert "You left" in people.client.get(newsletter).text
    assert "You left" in people.client.get(webshop).text


def test_what_waits_for_another_newsletter_waits_on_until_all_are_left(
    people: People, inbox: Inbox, service: Flask
) -> None:
    """PRODUCT 4.6: of that address and newsletter; then of all, which is one command too."""
    waiting = {}
    for address in (ADA, GRACE):
        people.subscribe(address)
        leave = people.unsubscribe_link(address)
        people.ask(address, slug="webshop")
        waiting[address] = inbox.link(address)
        if address == ADA:
            people.press(leave, "unsubscribe")
        else:
            everything = ["contacts", "unsubscribe", GRACE, "--reason", "phoned", "--actor", "Hedy"]
            assert service.test_cli_runner().invoke(args=everything).exit_code == 0

    assert "confirm" in Forms(people.client.get(waiting[ADA]).text).forms
    assert people.client.get(waiting[GRACE]).status_code == 404


@pytest.mark.parametrize("form", ["unsubscribe", "unsubscribe-all"])
def test_what_waits_for_a_confirmation_goes_when_its_person_leaves(
    people: People, inbox: Inbox, contents: Callable[[], Contents], form: str
) -> None:
    people.subscribe(ADA, topic="events")
    leave = people.unsubscribe_link(ADA)
    people.subscribe(ADA, slug="webshop")
    people.ask(ADA, topic="products")
    addition, refusal = inbox.link(ADA), inbox.link(ADA, "cancel")

    people.press(leave, form)
    before = contents()

    pages = [people.client.get(addition), people.client.post(addition, data={"nonce": "x"})]
    for page in pages:
        assert page.status_code == 200
        assert "You left" in page.text
        form_again = Forms(page.text).forms[""]
        assert form_again["action"] == "/newsletters/nyhedsbrev/signups"
        assert not [box for box in form_again["boxes"] if "checked" in box]
    assert people.client.get(refusal).status_code == 200
    assert contents() == before
    assert before["signups"] == before["letters"] == []


def test_a_button_pressed_after_leaving_changes_nothing(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA, topic="events")
    leave = people.unsubscribe_link(ADA)
    people.ask(ADA, topic="products")
    addition = inbox.link(ADA)
    shown = Forms(people.client.get(addition).text).forms["confirm"]["fields"]
    people.press(leave, "unsubscribe")
    before = contents()

    answer = people.client.post(addition, data=shown)

    assert "You left" in answer.text
    assert contents() == before


def test_the_link_of_the_confirmed_signup_does_not_undo_a_departure(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """A6.8"""
    people.ask(ADA)
    link = inbox.link(ADA)
    shown = Forms(people.client.get(link).text).forms["confirm"]["fields"]
    people.client.post(link, data=shown)
    people.leave(ADA)
    before = contents()

    answer = people.client.post(link, data=shown)

    assert "You left" in answer.text
    assert contents() == before


def test_a_link_of_before_lets_somebody_leave_who_has_returned_since(people: People, tool: Tool) -> None:
    """A6.5: the mail that it stands in may be years old; who presses there wants no more, and is out."""
    people.subscribe(ADA)
    before = people.unsubscribe_link(ADA)
    people.leave(ADA)
    with later(hours=1):
        people.subscribe(ADA)
        shown = people.client.get(before)

        people.client.post(before, data=ONE_CLICK)

        assert "unsubscribe" in Forms(shown.text).forms
        assert tool.kinds() == ["confirmed", "unsubscribed", "confirmed", "unsubscribed"]
        assert "You left" in people.client.get(before).text
