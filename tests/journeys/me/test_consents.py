"""The person's own page: each consent by itself, and leaving (PRODUCT 4.6, 4.7; A5.5, B6.3)."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from newsletter import catalog
from newsletter.config import SecretKey
from tests.conftest import EXAMPLE, Contents
from tests.journeys.me.pressing import ADA, form_of, post
from tests.people import Forms, People, Tool, later
from tests.purposes import profiling


def box_of(people: People, link: str, form: str) -> dict[str, str]:
    forms = Forms(people.client.get(link).text).forms
    found = next(form_ for form_id, form_ in forms.items() if form_id.startswith(form))
    [box] = found["boxes"]
    return dict(box)


def test_the_box_is_unticked_and_beside_it_stands_the_full_wording(people: People, link: str) -> None:
    """A1.1, A5.1"""
    box = box_of(people, link, "grant-tracking")

    assert "checked" not in box
    assert box["value"] == people.wordings()["tracking"]


def test_tracking_is_granted_by_a_tick_and_what_the_page_displayed_is_recorded(
    people: People, tool: Tool, link: str, contents: Callable[[], Contents]
) -> None:
    wording = people.wordings()["tracking"]
    ticked = {**form_of(people, link, "grant-tracking"), "consent": wording}

    for _ in range(2):  # a double click
        answer = people.client.post(link, data=ticked)

        assert "Saved" in answer.text
    assert tool.kinds() == ["confirmed", "tracking_granted"]
    contact = tool.contact(ADA)
    assert contact["tracking_allowed"]
    assert contact["consents"]["tracking"]["wording"] == wording
    [record] = [record for record in contents()["evidence"] if "granted'" in record and "'confirmed'" not in record]
    assert '"displayed":{"at":' in record
    assert f'"page":"{wording}|2026-11"' in record
    assert '"channel":"me"' in record


def test_a_program_cannot_fill_evidence_and_feed_from_its_own_page_and_withdrawing_waits_for_no_limit(
    people: People, tool: Tool, link: str
) -> None:
    ticked = {**form_of(people, link, "grant-tracking"), "consent": people.wordings()["tracking"]}

    for _ in range(60):
        answer = people.client.post(link, data=ticked)
        if answer.status_code != 200:
            break
        assert "Saved" in post(people, link, "withdraw-tracking").text

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    assert len(tool.kinds()) == 59  # the 61st act withdrew what the 60th granted; of the first three two tell no tool
    with later(hours=2):
        assert "Saved" in post(people, people.fresh_link(ADA), "grant-tracking", consent=ticked["consent"]).text


def test_what_was_done_by_a_clock_that_was_far_ahead_stops_nobody_when_it_is_right_again(
    people: People, link: str
) -> None:
    wording = people.wordings()["tracking"]
    with later(days=2):
        ahead = people.fresh_link(ADA)
        while post(people, ahead, "grant-tracking", consent=wording).status_code == 200:
            post(people, ahead, "withdraw-tracking")

    assert "Saved" in post(people, people.fresh_link(ADA), "grant-tracking", consent=wording).text


def test_of_several_that_are_offered_only_what_was_ticked_is_granted(people: People, tool: Tool, link: str) -> None:
    """A1.2: each by itself."""
    catalog.apply(EXAMPLE.read_text() + profiling("nyhedsbrev"))

    answer = post(people, link, "grant-profiling", consent=people.wordings()["profiling"])

    assert "Saved" in answer.text
    contact = tool.contact(ADA)
    assert contact["consents"]["profiling"]["state"] == "granted"
    assert not contact["tracking_allowed"]


def test_without_a_tick_nothing_is_granted(people: People, link: str, contents: Callable[[], Contents]) -> None:
    before = contents()

    answer = post(people, link, "grant-tracking")

    assert "tick the box" in answer.text
    assert contents() == before


@pytest.mark.parametrize("language", ["da", "de"])
def test_words_that_the_page_did_not_show_cannot_be_agreed_to(
    people: People, link: str, contents: Callable[[], Contents], language: str
) -> None:
    before = contents()

    answer = post(people, link, "grant-tracking", consent=people.wordings(language=language)["tracking"])

    assert "tick the box" in answer.text
    assert contents() == before


@pytest.mark.parametrize(
    ("old", "new", "notice"),
    [
        ("clicked, and which areas", "pressed, and which areas", "2026-11"),
        ('version = "2026-11"', 'version = "2027-01,|å"', "2027-01,|å"),
    ],
    ids=["wording", "privacy notice"],
)
def test_what_changed_while_the_page_was_open_is_to_be_read_before_it_is_agreed_to(
    people: People, link: str, contents: Callable[[], Contents], old: str, new: str, notice: str
) -> None:
    """A1.6, A1.7: the evidence names the words and the notice that the page displayed."""

    def agree(wording: str) -> TestResponse:
        return people.client.post(link, data={**fields, "consent": wording})

    def granted() -> list[str]:
        return [record for record in contents()["evidence"] if "'granted'" in record]

    fields, displayed = form_of(people, link, "grant-tracking"), people.wordings()["tracking"]
    catalog.apply(EXAMPLE.read_text().replace(old, new))
    with later(seconds=6):
        answer = agree(displayed)

        assert (answer.status_code, granted()) == (409, [])
        assert "Please read both again" in answer.text
        assert "<title>Error: What is kept about you" in answer.text, "F8"

        fields = form_of(people, link, "grant-tracking")
        assert "Saved" in agree(people.wordings()["tracking"]).text
    [record] = granted()
    assert f'"privacy_version":"{notice}"' in record


def test_a_newsletter_that_is_closed_collects_no_consent_any_more(
    people: People, link: str, contents: Callable[[], Contents]
) -> None:
    """PRODUCT 4.1: retired, it keeps leaving, rights, feed and proof; its wordings are in force no longer."""
    grant = {**form_of(people, link, "grant"), "consent": people.wordings()["tracking"]}
    catalog.apply(EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]", "[newsletters.nyhedsbrev]\nretired = true"))
    before = contents()

    answer = people.client.post(link, data=grant)

    assert answer.status_code == 409
    assert "grant-tracking" not in answer.text
    assert contents() == before


def test_tracking_is_withdrawn_alone(people: People, tool: Tool) -> None:
    """A5.5"""
    people.subscribe(ADA, tracking=True)
    link = people.fresh_link(ADA)

    answer = post(people, link, "withdraw-tracking")

    assert "You withdrew your consent on" in answer.text
    assert tool.kinds() == ["confirmed", "tracking_withdrawn"]
    assert tool.contact(ADA)["status"] == "subscribed"


def test_leaving_is_one_press_and_the_page_goes_on_telling(people: People, tool: Tool, link: str) -> None:
    answer = post(people, link, "unsubscribe")

    assert "You are unsubscribed" in answer.text
    assert tool.kinds() == ["confirmed", "unsubscribed"]
    assert "Ended on" in people.client.get(link).text


def test_leaving_all_is_one_press(people: People, tool: Tool) -> None:
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")

    post(people, people.fresh_link(ADA), "unsubscribe-all")

    assert tool.kinds()[-1] == tool.kinds("webshop")[-1] == "unsubscribed"


def test_what_is_over_is_not_changed(people: People, link: str, contents: Callable[[], Contents]) -> None:
    """The page of before, in another window, tells so in its place."""
    rectify = {**form_of(people, link, "rectify"), "first_name": "Eve"}
    grant = {**form_of(people, link, "grant"), "consent": people.wordings()["tracking"]}
    people.leave(ADA)
    before = contents()

    for fields in (rectify, grant):
        answer = people.client.post(link, data=fields)
        assert answer.status_code == 409
        assert "This subscription is over." in answer.text
        assert "What is kept about you" in answer.text
    assert contents() == before


def test_a_superseded_link_does_nothing_any_more(people: People, link: str, contents: Callable[[], Contents]) -> None:
    fields = form_of(people, link, "unsubscribe")
    with later(minutes=11):
        people.fresh_link(ADA)
        before = contents()

        answer = people.client.post(link, data=fields)

        assert answer.status_code == 404
        assert "ask" in Forms(answer.text).forms
        assert contents() == before


def test_another_key_alone_does_not_open_the_page(make_app: Callable[..., Flask], link: str) -> None:
    other = make_app(secret_keys=(SecretKey(secret="the secret of quite another service"),))

    assert other.test_client().get(link).status_code == 404
