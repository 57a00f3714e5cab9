"""Confirming: looking is free, pressing counts once, and the link dies on time (PRODUCT 4.4; A4.2, B6, D1.3, D2.3)."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient

from newsletter import catalog, clock
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People, later

ADA, GRACE = "ada.lovelace@example.org", "grace@example.com"


def fields_of(client: FlaskClient, path: str, form: str = "confirm") -> dict[str, str]:
    """What pressing the button of the page now would send."""
    fields: dict[str, str] = Forms(client.get(path).text).forms[form]["fields"]
    return fields


# Looking


def test_looking_however_often_and_however_changes_nothing(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """B6.1, B6.4"""
    people.ask(ADA)
    link = inbox.link(ADA)
    before = contents()

    for _ in range(5):
        assert people.client.get(link).status_code == 200
        assert people.client.head(link).status_code == 200
        assert people.client.get(f"{link}?confirm=yes").status_code == 200

    assert contents() == before
    assert "this is confirmed" in people.confirm(ADA).text


def test_the_page_shows_all_that_is_being_confirmed(people: People, inbox: Inbox) -> None:
    """B6.7, and who asks, with the imprint (A3.7)."""
    people.ask(ADA, topic=["events", "trends"], tracking=True, first_name="Ada", last_name="O'Neil & Søn")

    page = unescape(people.client.get(inbox.link(ADA)).text)

    form = people.client.get("/newsletters/nyhedsbrev/form.json").get_json()
    for purpose in form["purposes"]:
        assert [wording["text"] for wording in purpose["wordings"] if wording["text"] in page]
    for told in (
        "Konica Minolta newsletter",
        "Konica Minolta Business Solutions Denmark a/s",
        "Lautrupvang 2B, 2750 Ballerup",
        "CVR 00000000",
        "Invitations to events",
        "Market trends",
        "a***@e***.org",
        "O'Neil & Søn",
        "https://www.example.org/en/privacy",
        "This was not me",
    ):
        assert told in page
    assert "News about products" not in page
    assert ADA not in page


def test_the_page_needs_no_script_and_sets_no_cookie(people: People, inbox: Inbox) -> None:
    """B6.2, B6.3"""
    people.ask(ADA)

    answer = people.client.get(inbox.link(ADA))

    assert "<script" not in answer.text
    assert "onload" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_page_has_one_button_and_an_unticked_box_to_drop_tracking(people: People, inbox: Inbox) -> None:
    people.ask(ADA, tracking=True)

    page = people.client.get(inbox.link(ADA)).text
    form = Forms(page).forms["confirm"]

    assert page.count("<button") == 1
    assert [(box["name"], box["value"], "checked" in box) for box in form["boxes"]] == [("drop", "tracking", False)]


def test_the_page_leads_outward_to_the_privacy_notice_alone(people: People, inbox: Inbox) -> None:
    people.ask(ADA, tracking=True)
    link = inbox.link(ADA)
    pages = [people.client.get(link).text, people.client.get(inbox.link(ADA, "cancel")).text]
    pages += [people.press(link, "confirm").text, people.client.get(people.unsubscribe_link(ADA)).text]

    for page in pages:
        places = re.findall(r'(?:href|src|action)="([^"]*)"', page)
        outward = {place for place in places if urlsplit(place).netloc not in ("", "localhost")}
        assert outward == {"https://www.example.org/en/privacy"}
        assert not [place for place in places if place.startswith(("mailto:", "//", "javascript:"))]


# Pressing


def test_pressing_confirms_and_shows_the_receipt(people: People) -> None:
    """E18, D2.3: the post itself is answered."""
    answer = people.subscribe(ADA, topic="events")

    assert answer.status_code == 200
    assert "this is confirmed" in answer.text
    assert "Invitations to events" in answer.text
    assert "may send me the newsletter by e-mail" in answer.text
    assert "/unsubscribe/" in answer.text


def test_a_second_press_says_so_again_and_records_nothing(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """B6.4, D1.3: a link confirms once."""
    people.ask(ADA)
    link = inbox.link(ADA)
    pressed = fields_of(people.client, link)
    first = people.client.post(link, data=pressed)
    before = contents()

    second = people.client.post(link, data=pressed)
    third = people.client.get(link)

    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 200)
    assert first.data == second.data == third.data
    assert contents() == before


def test_it_works_on_another_device_days_later(people: People, inbox: Inbox) -> None:
    """B6.6"""
    people.ask(ADA)
    link = inbox.link(ADA)
    phone = people.client.application.test_client(use_cookies=False)
    phone.environ_base.update({"REMOTE_ADDR": "2001:db8::7", "HTTP_USER_AGENT": "Phone"})

    with later(days=6.9):
        answer = phone.post(link, data=fields_of(people.client, link))

    assert "this is confirmed" in answer.text


def test_the_link_and_the_nonce_are_all_the_authority_there_is(people: People, inbox: Inbox) -> None:
    """D3.2"""
    for origin in ("null", "http://localhost", "https://mail.example"):
        address = f"ada@{origin.rpartition('/')[2]}.example"
        people.ask(address)
        link = inbox.link(address)

        answer = people.client.post(link, data=fields_of(people.client, link), headers={"Origin": origin})

        assert "this is confirmed" in answer.text


def test_a_blind_press_does_nothing(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """B6.3"""
    people.ask(ADA)
    people.ask(GRACE)
    link, other, cancel = inbox.link(ADA), inbox.link(GRACE), inbox.link(ADA, "cancel")
    before = contents()
    graces = fields_of(people.client, other)["nonce"]
    of_cancel = fields_of(people.client, cancel, "cancel")["nonce"]

    for nonce in (None, "", "x", ".", graces, of_cancel, graces[:-2], "a" * 5000, "\x00"):
        answer = people.client.post(link, data={} if nonce is None else {"nonce": nonce})
        assert answer.status_code == 200
        assert "confirm" in Forms(answer.text).forms
    for body in ({"json": {"nonce": "x"}}, {"data": b"\xff\xfe"}, {"data": "List-Unsubscribe=One-Click"}):
        assert people.client.post(link, **body).status_code == 200

    assert contents() == before


def test_a_page_that_was_open_for_too_long_comes_again_and_its_button_works(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """B6.3: a nonce lives for an hour."""
    people.ask(ADA, tracking=True)
    link = inbox.link(ADA)
    stale = {**fields_of(people.client, link), "drop": "tracking"}
    before = contents()

    with later(hours=1, seconds=2):
        answer = people.client.post(link, data=stale)
        assert answer.status_code == 200
        assert "open for too long" in answer.text
        assert contents() == before
        fields = Forms(answer.text).forms["confirm"]["fields"]
        assert fields["drop"] == "tracking"  # or a second press would grant what the first declined
        again = people.client.post(link, data=fields)

    assert "this is confirmed" in again.text


def test_a_page_is_good_for_an_hour(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)
    shown = fields_of(people.client, link)

    with later(minutes=59, seconds=50):
        assert "this is confirmed" in people.client.post(link, data=shown).text


def test_tracking_can_be_dropped_before_confirming(people: People, inbox: Inbox) -> None:
    """B6.7"""
    people.ask(ADA, tracking=True)

    answer = people.confirm(ADA, drop="tracking")

    assert "may send me the newsletter" in answer.text
    assert "record and evaluate" not in answer.text


def test_the_newsletter_itself_cannot_be_dropped(people: People) -> None:
    people.ask(ADA, tracking=True)

    answer = people.confirm(ADA, drop=["newsletter", "tracking", "nonsense"])

    assert "may send me the newsletter" in answer.text


def test_what_the_person_typed_is_shown_as_text(people: People, inbox: Inbox) -> None:
    """D3.8: and kept as text, whatever it would mean to a database."""
    people.ask(ADA, first_name='Ada "&" Co', last_name="Tables'); DROP TABLE signups; --")

    page = people.client.get(inbox.link(ADA)).text

    assert "Ada &#34;&amp;&#34; Co" in page
    assert "Tables&#39;); DROP TABLE signups; --" in page


# In time


@pytest.mark.parametrize("validity", [None, "20 hours", "14 days"])
def test_the_link_dies_to_the_second_though_no_worker_runs(people: People, inbox: Inbox, validity: str | None) -> None:
    """A4.1, A4.2, D1.3"""
    if validity:
        catalog.apply(EXAMPLE.read_text().replace('link_validity = "7 days"', f'link_validity = "{validity}"'))
    lifetime = {None: timedelta(days=7), "20 hours": timedelta(hours=20), "14 days": timedelta(days=14)}[validity]
    asked_at = clock.now()
    deadline = asked_at + lifetime
    with time_machine.travel(asked_at, tick=False):
        people.ask(ADA)
        link = inbox.link(ADA)

    with time_machine.travel(deadline - timedelta(seconds=1), tick=False):
        alive = fields_of(people.client, link)
    with time_machine.travel(deadline, tick=False):
        looked, pressed = people.client.get(link), people.client.post(link, data=alive)
    with time_machine.travel(deadline - timedelta(microseconds=1), tick=False):
        in_time = people.client.post(link, data=alive)

    assert (looked.status_code, pressed.status_code) == (404, 404)
    assert "this is confirmed" in in_time.text


def test_a_dead_link_offers_signing_up_again(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)

    with later(days=7, seconds=1):
        page = people.client.get(link).text

    assert 'href="/newsletters/nyhedsbrev?language=' in page


def test_after_confirming_the_link_shows_the_receipt_for_good(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    with later(days=800):
        assert "this is confirmed" in people.client.get(inbox.link(ADA)).text


def test_where_the_catalogue_says_so_people_are_sent_on(people: People) -> None:
    """D2.3: to an address without the link's token."""
    redirects = '[newsletters.nyhedsbrev.redirects]\nconfirmed = "https://www.example.org/velkommen"\n'
    catalog.apply(
        EXAMPLE.read_text().replace("[newsletters.nyhedsbrev.sender]", f"{redirects}[newsletters.nyhedsbrev.sender]")
    )

    answer = people.subscribe(ADA)

    assert (answer.status_code, answer.location) == (303, "https://www.example.org/velkommen")


# What is recorded


def test_both_acts_and_the_letter_are_on_record(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    people.ask("Ada.Lovelace@Example.org", tracking=True, first_name="Ada", source="https://www.example.org/news")
    link = inbox.link("Ada.Lovelace@example.org")
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.2"

    people.press(link, "confirm", drop="tracking")

    record = contents()
    acts, values = "".join(record["evidence"]), "".join(record["evidence_values"])
    assert [act in acts for act in ("signed_up", "letter_sent", "confirmed")] == [True] * 3
    assert len(record["evidence"]) == 3
    for value in ("Ada.Lovelace@Example.org", "192.0.2.1", "192.0.2.2", '{"first_name":"Ada"}', "250 2.0.0 Taken"):
        assert value in values
    wordings = people.wordings()
    assert wordings["newsletter"] in acts
    assert wordings["tracking"] in acts
    assert '"dropped":["tracking"]' in acts
    assert "https://www.example.org/news" in acts


def test_a_second_signup_of_the_same_person_appends_to_the_first_proof(
    people: People, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    before = contents()

    people.subscribe(ADA)

    after = contents()
    assert set(before["evidence"]) < set(after["evidence"])
    assert set(before["evidence_values"]) < set(after["evidence_values"])
    assert len(after["subscribers"]) == 1
    assert len(after["subscriptions"]) == 2
