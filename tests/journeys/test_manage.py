"""A link that lives long only ever reduces: leave, drop topics, withdraw tracking (PRODUCT 4.6; A5.5, A6, B2.4)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from newsletter.config import SecretKey
from tests.conftest import SECRET, Contents
from tests.people import Forms, Inbox, People, Tool, later, post

ADA = "ada@example.org"


@pytest.fixture
def link(people: People, tool: Tool) -> str:
    """Ada's long-lived link, as it stands in every newsletter to her."""
    people.subscribe(ADA, tracking=True, first_name="Augusta")
    return tool.link(ADA)


def test_one_press_leaves(people: People, tool: Tool, link: str) -> None:
    answer = post(people, link, "unsubscribe")

    assert "You are unsubscribed" in answer.text
    assert "You receive no more newsletters" not in answer.text
    assert tool.kinds() == ["confirmed", "unsubscribed"]
    assert "You left" in people.client.get(link).text


def test_one_press_leaves_all(people: People, tool: Tool, link: str) -> None:
    people.subscribe(ADA, slug="webshop")

    answer = post(people, link, "unsubscribe-all")

    assert "You receive no more newsletters" in answer.text
    assert tool.kinds()[-1] == tool.kinds("webshop")[-1] == "unsubscribed"


def test_tracking_is_withdrawn_alone_while_the_newsletter_goes_on(people: People, tool: Tool, link: str) -> None:
    """A1.2, A5.5, A5.7: the tool is told."""
    assert tool.contact(ADA)["tracking_allowed"]

    answer = post(people, link, "withdraw-tracking")

    assert "<title>Saved – Your subscription" in answer.text, "F8"
    assert "withdraw-tracking" not in Forms(answer.text).forms
    assert tool.kinds() == ["confirmed", "tracking_withdrawn"]
    contact = tool.contact(ADA)
    assert (contact["status"], contact["tracking_allowed"]) == ("subscribed", False)
    assert contact["consents"]["tracking"]["state"] == "withdrawn"


def test_topics_are_dropped_and_only_those_that_were_ticked(people: People, tool: Tool, link: str) -> None:
    post(people, link, "topics", drop=["events", "trends"])

    assert tool.contact(ADA)["topics"] == ["products", "stories", "surveys"]
    assert tool.kinds() == ["confirmed", "updated"]


def test_an_empty_form_takes_nothing_away(people: People, link: str, contents: Callable[[], Contents]) -> None:
    """And does not say that it has."""
    before = contents()

    page = post(people, link, "topics").text

    assert contents() == before
    assert re.search("<title>Error: .*Nothing was changed: tick the topics", page, re.DOTALL)
    assert "Saved" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "drop_topics", "topics": ["events", "products"], "topic": "events"},
        {"act": "drop_topics", "drop": ["nonsense", ""]},
        {"act": "rectify", "first_name": "Eve", "language": "de"},
        {"act": "grant", "purpose": "tracking"},
        {"act": "erase"},
        {"act": "show"},
        {"act": ""},
        {},
    ],
)
def test_nothing_can_be_added_or_read_with_it(
    people: People, link: str, contents: Callable[[], Contents], fields: dict[str, object]
) -> None:
    """B2.4: even who holds the page's nonce can do no more than its buttons."""
    post(people, link, "topics", drop=["events"])
    post(people, link, "withdraw-tracking")
    before = contents()

    post(people, link, "unsubscribe", **{"act": "", **fields})

    assert contents() == before


def test_the_newsletter_itself_is_not_withdrawn_but_left(people: People, tool: Tool, link: str) -> None:
    assert "withdraw-newsletter" not in Forms(people.client.get(link).text).forms

    answer = post(people, link, "withdraw-tracking", purpose="newsletter")

    assert answer.status_code == 422
    assert '<html lang="en">' in answer.text
    assert tool.contact(ADA)["status"] == "subscribed"


def test_the_page_shows_no_more_than_it_needs(people: People, link: str) -> None:
    page = people.client.get(link)

    assert "a***@e***.org" in page.text
    for personal in (ADA, "Augusta", "127.0.0.1"):
        assert personal not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_looking_and_blind_posts_change_nothing(people: People, link: str, contents: Callable[[], Contents]) -> None:
    """B6.3: each act needs the nonce of this very page."""
    other = Forms(people.client.get(people.unsubscribe_link(ADA)).text).forms["unsubscribe"]["fields"]
    before = contents()

    people.client.get(link)
    for nonce in ({}, {"nonce": ""}, {"nonce": "x"}, other):
        for act in ("leave", "leave_all", "drop_topics", "withdraw", "ask"):
            fields = {"drop": "events", "purpose": "tracking", **nonce, "act": act}
            answer = people.client.post(link, data=fields)
            assert "unsubscribe" in Forms(answer.text).forms

    assert contents() == before


def test_a_page_that_was_open_for_too_long_comes_again(people: People, tool: Tool, link: str) -> None:
    stale = Forms(people.client.get(link).text).forms["withdraw-tracking"]["fields"]

    with later(hours=1, seconds=2):
        again = people.client.post(link, data=stale)
        ticked = people.client.post(link, data={**stale, "act": "drop_topics", "drop": "events"})
        done = people.client.post(link, data=Forms(again.text).forms["withdraw-tracking"]["fields"])

    assert "open for too long" in again.text
    assert Forms(ticked.text).forms["topics"]["fields"]["drop"] == "events"
    assert "Saved" in done.text


def test_it_mails_a_fresh_link_to_the_address_on_record(people: People, inbox: Inbox, link: str) -> None:
    answer = post(people, link, "ask", email="eve@example.org")

    assert "on its way to a***@e***.org" in answer.text
    assert "<title>Check your inbox – Your subscription" in answer.text, "F8"
    assert people.client.get(inbox.link(ADA, "me")).status_code == 200
    assert inbox.letters("eve@example.org") == []


def test_a_link_that_is_over_still_leads_to_a_fresh_one(people: People, link: str) -> None:
    people.leave(ADA)

    page = people.client.get(link)

    assert "You left" in page.text
    assert 'href="/manage?language=en"' in page.text


def test_a_page_that_was_open_while_its_person_left_still_asks_for_a_fresh_one(
    people: People, inbox: Inbox, link: str
) -> None:
    form = Forms(people.client.get(link).text).forms["ask"]
    people.leave(ADA)

    answer = people.client.post(str(form["action"]), data=form["fields"])

    assert "on its way to a***@e***.org" in answer.text
    assert "Ended on" in answer.text
    assert "is subscribed to" not in answer.text
    assert people.client.get(inbox.link(ADA, "me")).status_code == 200


def test_a_page_that_was_open_while_its_person_left_has_nothing_left_to_reduce(people: People) -> None:
    """It says so in their language, whatever the browser's is."""
    people.subscribe(ADA, language="de", tracking=True)
    link = Tool(people.client).link(ADA)
    forms = Forms(people.client.get(link).text).forms
    people.leave(ADA)

    for form in ("topics", "withdraw-tracking"):
        answer = people.client.post(link, data={**forms[form]["fields"], "drop": ["events"]})
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, "de")
        assert "Dieser Link ändert daran nichts." in answer.text


def test_what_was_agreed_to_in_another_language_is_marked_as_that(people: People, inbox: Inbox, link: str) -> None:
    """WCAG 3.1.2: a screen reader would read the English words as if they were German."""
    own = people.fresh_link(ADA)
    form = next(found for name, found in Forms(people.client.get(own).text).forms.items() if "rectify" in name)
    people.client.post(own, data={**form["fields"], "language": "de"})

    for path in (link, inbox.link(ADA)):
        page = people.client.get(path).text
        assert '<html lang="de">' in page
        assert page.count('class="wording"') == page.count('<p class="wording" lang="en">') > 0


def test_it_lives_on_when_its_key_may_only_reduce(make_app: Callable[..., Flask], link: str, tool: Tool) -> None:
    """A6.5: the rotation of keys ends no link that lets people leave."""
    newer = SecretKey(secret="a newer secret that has taken its place")
    old = SecretKey(secret=SECRET.secret, reduces=True)
    rotated = make_app(secret_keys=(newer, old))

    with rotated.app_context():
        client = rotated.test_client(use_cookies=False)
        fields = Forms(client.get(link).text).forms["withdraw-tracking"]["fields"]
        assert "Saved" in client.post(link, data=fields).text

    assert tool.contact(ADA)["consents"]["tracking"]["state"] == "withdrawn"


def test_each_act_says_by_which_door_it_was_done(people: People, link: str, contents: Callable[[], Contents]) -> None:
    """A6.2"""
    post(people, link, "topics", drop=["events"])
    post(people, link, "withdraw-tracking")
    post(people, link, "unsubscribe")

    acts = [record for record in contents()["evidence"] if '"channel":"manage"' in record]
    assert len(acts) == 3


def test_two_presses_are_one_act(people: People, tool: Tool, link: str) -> None:
    for _ in range(2):
        post(people, link, "topics", drop=["events"])
    fields = Forms(people.client.get(link).text).forms["withdraw-tracking"]["fields"]
    for _ in range(2):
        people.client.post(link, data=fields)

    assert tool.kinds() == ["confirmed", "updated", "tracking_withdrawn"]
