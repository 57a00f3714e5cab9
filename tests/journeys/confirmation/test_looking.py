"""Looking at the page to confirm is free, and shows all that is being confirmed (PRODUCT 4.4; B6, D2.3)."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.journeys.confirmation.pages import ADA
from tests.people import Forms, Inbox, People, Tool


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
        "After that, what was entered is deleted.",
    ):
        assert told in page
    assert "<dt>From</dt>\n<dd>Konica Minolta Business Solutions Denmark a/s</dd>" in page
    assert "News about products" not in page
    assert ADA not in page


def test_what_the_catalogue_no_longer_asks_for_is_shown_as_it_will_be_stored(
    people: People, inbox: Inbox, tool: Tool
) -> None:
    """PRODUCT 4.4: the voluntary fields as they will be stored, though the form has lost one since."""
    people.ask(ADA, first_name="Augusta", last_name="King")
    catalog.apply(EXAMPLE.read_text().replace('name = "first_name"', 'name = "company"', 1))

    page = re.sub(r"\s*\n", "", people.client.get(inbox.link(ADA)).text)

    assert "<dt>Last name</dt><dd><bdi>King</bdi></dd><dt>first_name</dt><dd><bdi>Augusta</bdi></dd>" in page
    people.confirm(ADA)
    assert tool.contact(ADA)["fields"] == {"first_name": "Augusta", "last_name": "King"}


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
