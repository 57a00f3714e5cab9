"""A fresh link: asked for by anybody, mailed to its owner alone, dead within the hour (PRODUCT 4.6, 4.11; A8.1, C5)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from newsletter import clock
from tests.conftest import Contents
from tests.people import Forms, Inbox, People, heard, later, text_of

ADA, GRACE, EVE = "ada@example.org", "grace@example.com", "eve@example.org"


def ask(people: People, address: str, **more: str) -> TestResponse:
    return people.client.post("/manage", data={"email": address, **more})


def test_whoever_reads_the_mailbox_sees_what_is_kept(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    assert ask(people, ADA).status_code == 200

    page = people.client.get(inbox.link(ADA, "me"))
    assert page.status_code == 200
    assert ADA in page.text
    assert "Set-Cookie" not in page.headers


def test_the_answer_is_the_same_for_every_address(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """C5, C6: known, left, waiting, suppressed and unknown; asked once and again."""
    people.subscribe(ADA, GRACE)
    people.leave(GRACE)
    people.ask(EVE)
    people.press(inbox.link(EVE, "cancel"), "cancel", never_again="yes")
    people.ask("joan@example.org")
    inbox.work()
    before = len(contents()["letters"])
    addresses = [ADA, GRACE, EVE, "joan@example.org", "nobody@example.org", ADA]

    answers = [heard(ask(people, address)) for address in addresses]

    assert len({str(answer) for answer in answers}) == 1
    assert len(contents()["letters"]) == before + len(addresses)


def test_an_unknown_address_gets_no_mail(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    people.ask(EVE)
    inbox.work()

    for address in (EVE, "nobody@example.org"):
        ask(people, address)

    assert inbox.letters("nobody@example.org") == []
    assert inbox.links(EVE, "me") == []
    assert "nobody@" not in str(contents())


@pytest.mark.parametrize(
    ("language", "subject"), [("da", "Dit link til det"), ("de", "Ihr Link zu dem"), ("en", "Your link to what")]
)
def test_the_letter_is_in_the_persons_language(people: People, inbox: Inbox, language: str, subject: str) -> None:
    people.subscribe(ADA, language=language, first_name="Augusta")

    people.client.post("/manage", data={"email": ADA}, headers={"Accept-Language": "fr"})

    letter = inbox.letters(ADA)[-1]
    html = letter.get_body(("html",))
    assert html is not None
    assert subject in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] is None
    assert inbox.link(ADA, "me") in html.get_content()
    assert "Augusta" not in text_of(letter) + html.get_content()


def test_the_link_dies_to_the_second(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """D1.8"""
    people.subscribe(ADA)
    with time_machine.travel(clock.now(), tick=False) as now:
        ask(people, ADA)
        link = inbox.link(ADA, "me")

        now.shift(timedelta(hours=1) - timedelta(microseconds=1))
        assert people.client.get(link).status_code == 200
        now.shift(timedelta(microseconds=1))
        dead = people.client.get(link)
        assert heard(dead) == heard(people.client.get("/me/forged"))
        assert dead.status_code == 404


def test_a_dead_link_offers_a_new_one(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    form = Forms(people.client.get("/me/forged").text).forms["ask"]

    people.client.post(form["action"], data={**form["fields"], "email": ADA})

    assert people.client.get(inbox.link(ADA, "me")).status_code == 200


def test_a_newer_link_kills_the_older(people: People, inbox: Inbox) -> None:
    """And nobody else's."""
    for address in (ADA, GRACE):
        people.subscribe(address)
        ask(people, address)
    older, of_another = inbox.link(ADA, "me"), inbox.link(GRACE, "me")

    with later(minutes=11):
        ask(people, ADA)
        newer = inbox.link(ADA, "me")

        assert newer != older
        assert people.client.get(older).status_code == 404
        assert people.client.get(newer).status_code == people.client.get(of_another).status_code == 200


def test_the_letter_goes_to_the_address_as_its_owner_spelt_it(people: People, inbox: Inbox) -> None:
    people.subscribe("Ada@example.org")

    ask(people, "ADA@Example.org")

    assert len(inbox.links("Ada@example.org", "me")) == 1
    assert inbox.letters("ADA@example.org") == []


def test_a_second_press_within_ten_minutes_sends_nothing_and_kills_nothing(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    ask(people, ADA)
    link = inbox.link(ADA, "me")
    ask(people, ADA)

    assert inbox.links(ADA, "me") == [link]
    assert people.client.get(link).status_code == 200


def test_a_subscriber_gets_five_links_a_day(people: People, inbox: Inbox) -> None:
    """D1.8, PRODUCT 4.11: a bucket of its own, which what strangers cause does not fill."""
    people.subscribe(ADA)
    for hour in range(7):
        with later(hours=hour):
            ask(people, ADA.upper() if hour == 3 else ADA)
            inbox.work()

    assert len(inbox.links(ADA, "me")) == 5
    with later(days=1, hours=1):
        ask(people, ADA)
        assert len(inbox.links(ADA, "me")) == 6


def test_who_has_left_is_written_to_no_oftener_than_a_stranger(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    for hour in range(6):
        with later(hours=hour):
            ask(people, ADA)
            inbox.work()

    assert len(inbox.links(ADA, "me")) == 3


def test_a_suppressed_subscriber_still_gets_the_link(people: People, inbox: Inbox) -> None:
    """PRODUCT 4.4: suppression holds back no fresh link."""
    people.subscribe(ADA)
    people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    ask(people, ADA)

    assert people.client.get(inbox.link(ADA, "me")).status_code == 200


def ask_while_greylisted(people: People, inbox: Inbox) -> None:
    """The letter was refused once, and waits to be tried again."""
    people.subscribe(ADA)
    inbox.relay.answer("RCPT", "451 4.7.1 greylisted", to=ADA)
    ask(people, ADA)
    inbox.work()
    inbox.relay.answers.clear()


def test_a_letter_that_comes_late_brings_a_link_that_lives(people: People, inbox: Inbox) -> None:
    ask_while_greylisted(people, inbox)

    with later(minutes=20):
        link = inbox.link(ADA, "me")
    with later(minutes=70):
        assert people.client.get(link).status_code == 200


def test_a_letter_that_could_not_leave_for_a_day_does_not_come_at_all(people: People, inbox: Inbox) -> None:
    ask_while_greylisted(people, inbox)

    with later(days=1, minutes=1):
        assert inbox.links(ADA, "me") == []


def test_a_letter_that_is_tried_again_does_not_kill_the_link_of_a_newer_one(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    inbox.relay.answer("RCPT", "451 4.7.1 greylisted", to=ADA, times=3)
    ask(people, ADA)
    for minutes in (0, 4, 15):
        with later(minutes=minutes):
            inbox.work()

    with later(minutes=16):
        ask(people, ADA)
        newer = inbox.link(ADA, "me")
    with later(minutes=37):
        assert inbox.links(ADA, "me") == [newer]
        assert people.client.get(newer).status_code == 200
