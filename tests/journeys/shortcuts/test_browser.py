"""Confirming in the browser that signed up: off by default, bound to it, on record as what it was (PRODUCT 4.4)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import catalog
from tests.conftest import Contents
from tests.journeys.shortcuts.switched_on import (
    ADA,
    CODE,
    FORM,
    GRACE,
    OWN,
    WAITING,
    code_of,
    confirmation_of,
    cookie_of,
    post,
    switched_on,
    with_cookie,
)
from tests.people import Forms, Inbox, People, text_of


def test_by_default_there_is_no_cookie_no_code_and_no_script(people: People, inbox: Inbox) -> None:
    answer = post(people)
    page = people.client.get(inbox.link(ADA))

    assert "Set-Cookie" not in answer.headers
    assert not CODE.findall(text_of(inbox.letters(ADA)[0]))
    assert "<script" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "Code from" not in people.client.get(WAITING).text
    assert people.client.post(WAITING, data={"code": "ABCDEFGH"}).status_code == 404


def test_whoever_puts_the_form_on_a_site_is_told_of_the_cookie_where_there_is_one(people: People) -> None:
    """A web developer names it in a cookie banner, or need not."""
    before = people.client.get("/newsletters/nyhedsbrev/embed?language=en").text
    catalog.apply(switched_on("same_browser"))
    after = people.client.get("/newsletters/nyhedsbrev/embed?language=en").text
    catalog.apply(switched_on("code"))
    with_code = people.client.get("/newsletters/nyhedsbrev/embed?language=en").text

    assert "None of them sets a cookie." in before
    assert "None of them sets a cookie." not in after
    assert "Only the last one, a link, leads to a page that sets a cookie." in after
    assert "Forms without script and the link lead to a page of this service that sets a cookie." in with_code


def test_a_form_in_a_frame_sets_no_cookie(people: People) -> None:
    """A site of the same domain would have it kept, and has told its visitors of none."""
    catalog.apply(switched_on("same_browser"))

    framed = people.client.post(f"{FORM}?frame=1", data=people.filled(ADA), headers=OWN)

    assert (framed.status_code, framed.headers.getlist("Set-Cookie")) == (303, [])
    assert cookie_of(post(people, GRACE))


def test_each_is_switched_on_by_itself(people: People, inbox: Inbox) -> None:
    catalog.apply(switched_on("code"))
    cookie = with_cookie(cookie_of(post(people)))
    assert "<script" not in people.client.get(inbox.link(ADA), headers=cookie).text
    assert code_of(inbox, ADA)

    catalog.apply(switched_on("same_browser"))
    cookie = with_cookie(cookie_of(post(people, GRACE)))
    assert "<script" in people.client.get(inbox.link(GRACE), headers=cookie).text
    assert not CODE.findall(text_of(inbox.letters(GRACE)[0]))


def test_the_privacy_page_tells_of_the_cookie_where_there_is_one(people: People) -> None:
    """Whoever confirms elsewhere leaves it where it is: no other browser can delete it."""
    english = {"Accept-Language": "en"}
    without = people.client.get("/privacy", headers=english).text
    catalog.apply(switched_on("code"))

    assert "set no cookie" in without
    told = people.client.get("/privacy", headers=english).text
    assert "one cookie for half an hour" in told
    assert "deleted within a minute after you have confirmed there" in told
    assert "further press" not in told, "typing the code takes one"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://www.example.org"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_posted_never_confirms_by_itself_though_its_code_may_be_typed(
    people: People, inbox: Inbox, headers: dict[str, str]
) -> None:
    """Its visitor may not know what it sent; who has the code has read the letter."""
    catalog.apply(switched_on("same_browser"))
    assert "Set-Cookie" not in post(people, headers=headers).headers

    catalog.apply(switched_on("same_browser", "code"))
    cookie = with_cookie(cookie_of(post(people, GRACE, headers=headers)))
    link = inbox.link(GRACE)
    page = people.client.get(link, headers=cookie)
    assert "<script" not in page.text
    pressed = {**Forms(page.text).forms["confirm"]["fields"], "how": "same_browser"}
    assert Forms(people.client.post(link, data=pressed, headers=cookie).text).forms["confirm"]
    typed = people.client.post(WAITING, data={"code": code_of(inbox, GRACE)}, headers=cookie)
    assert "Thank you, this is confirmed" in typed.text


def test_every_such_post_sets_one_of_the_same_kind(shortcuts: People, inbox: Inbox) -> None:
    """C5: new, waiting, subscribed, never to be written to, or a robot's."""
    shortcuts.subscribe(ADA)
    shortcuts.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    answers = [post(shortcuts, GRACE), post(shortcuts, GRACE), post(shortcuts, ADA), post(shortcuts, website="x")]

    shapes = {
        re.sub(r"=[^;]+;| Expires=[^;]+;", "", answer.headers["Set-Cookie"], count=2).removeprefix("signup")
        for answer in answers
    }
    assert shapes == {" Max-Age=1800; HttpOnly; Path=/; SameSite=Lax"}
    assert len({len(cookie_of(answer)) for answer in answers}) == 1


def test_behind_https_no_other_host_can_set_it(shortcuts: People, make_app: Callable[..., Flask]) -> None:
    """D2.5"""
    secure = make_app(public_url="https://news.example.org").test_client()
    fields = shortcuts.filled(ADA)

    answer = secure.post(FORM, data=fields, headers={"Origin": "https://news.example.org"})

    (header,) = answer.headers.getlist("Set-Cookie")
    assert header.startswith("__Host-signup=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "0" * 24])
def test_a_cookie_of_somebodys_making_means_nothing(shortcuts: People, inbox: Inbox, value: str) -> None:
    post(shortcuts)
    page = shortcuts.client.get(inbox.link(ADA), headers=with_cookie(value))

    assert "<script" not in page.text
    assert 'name="how"' not in page.text


def test_the_page_that_presses_itself_is_on_record_as_that(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    link = inbox.link(ADA)
    page = shortcuts.client.get(link, headers=cookie)
    fields = Forms(page.text).forms["confirm"]["fields"]

    assert fields["how"] == "same_browser"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    refused = shortcuts.client.post(link, data=fields)
    assert not contents()["subscriptions"]
    assert Forms(refused.text).forms["confirm"]
    done = shortcuts.client.post(link, data=fields, headers=cookie)

    assert "Max-Age=0" in done.headers["Set-Cookie"]
    assert '"method":"same_browser"' in confirmation_of(contents)


def test_a_page_that_comes_again_waits_for_a_hand_and_that_is_on_record_too(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    link = inbox.link(ADA)
    fields = Forms(shortcuts.client.get(link, headers=cookie).text).forms["confirm"]["fields"]

    again = shortcuts.client.post(link, data={**fields, "nonce": "an old one"}, headers=cookie)
    by_hand = Forms(again.text).forms["confirm"]["fields"]
    assert "how" not in by_hand
    shortcuts.client.post(link, data=by_hand, headers=cookie)

    assert '"method":"button"' in confirmation_of(contents)


def test_where_that_is_switched_off_no_page_presses_itself(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """Whatever the form says: evidence names no shortcut that there was not."""
    catalog.apply(switched_on("code"))
    cookie = with_cookie(cookie_of(post(people)))
    link = inbox.link(ADA)
    fields = people.opened(link, "confirm")

    again = people.client.post(link, data={**fields, "how": "same_browser"}, headers=cookie)
    assert not contents()["subscriptions"]
    people.client.post(link, data=Forms(again.text).forms["confirm"]["fields"], headers=cookie)

    assert '"method":"button"' in confirmation_of(contents)


def test_looking_confirms_nothing_even_in_that_browser(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    for method in ("GET", "HEAD"):
        shortcuts.client.open(inbox.link(ADA), method=method, headers=cookie)

    assert not contents()["subscriptions"]
