"""Confirming without the press: off by default, bound to the browser or to the letter, on record as what it was."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from newsletter import catalog, clock
from newsletter.config import SecretKey
from newsletter.consent import Visit
from newsletter.errors import CodeWrong, NewsletterError
from newsletter.links import mark, read_mark
from newsletter.signups import confirm_by_code
from tests.conftest import EXAMPLE, SECRET, Contents
from tests.crowd import Crowd
from tests.people import Forms, Inbox, People, later, text_of

ADA, GRACE = "ada@example.org", "grace@example.org"
OWN = {"Origin": "http://localhost"}
FORM = "/newsletters/nyhedsbrev/signups"
WAITING = "/newsletters/nyhedsbrev/inbox?language=en"
CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", re.MULTILINE)


def switched_on(*names: str) -> str:
    lines = "".join(f"{name} = true\n" for name in names)
    sender = "[newsletters.nyhedsbrev.sender]\n"
    return EXAMPLE.read_text().replace(sender, f"[newsletters.nyhedsbrev.shortcuts]\n{lines}\n{sender}")


@pytest.fixture
def shortcuts(people: People) -> People:
    catalog.apply(switched_on("same_browser", "code"))
    return people


def post(people: People, address: str = ADA, headers: dict[str, str] = OWN, **more: str) -> TestResponse:
    return people.client.post(FORM, data={**people.filled(address), **more}, headers=headers)


def cookie_of(answer: TestResponse) -> str:
    """The value of the one cookie."""
    (header,) = answer.headers.getlist("Set-Cookie")
    return header.partition("=")[2].partition(";")[0]


def with_cookie(value: str) -> dict[str, str]:
    return {"Cookie": f"signup={value}"}


def code_of(inbox: Inbox, address: str) -> str:
    return str(CODE.findall(text_of(inbox.letters(address)[-1]))[0])


def confirmation_of(contents: Callable[[], Contents]) -> str:
    return next(row for row in contents()["evidence"] if "'confirmed'" in row)


# Off


def test_by_default_there_is_no_cookie_no_code_and_no_script(people: People, inbox: Inbox) -> None:
    answer = post(people)
    page = people.client.get(inbox.link(ADA))

    assert "Set-Cookie" not in answer.headers
    assert not CODE.findall(text_of(inbox.letters(ADA)[0]))
    assert "<script" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "Code from" not in people.client.get(WAITING).text
    assert people.client.post(WAITING, data={"code": "ABCDEFGH"}).status_code == 404


def test_each_is_switched_on_by_itself(people: People, inbox: Inbox) -> None:
    catalog.apply(switched_on("code"))
    cookie = with_cookie(cookie_of(post(people)))
    assert "<script" not in people.client.get(inbox.link(ADA), headers=cookie).text
    assert code_of(inbox, ADA)

    catalog.apply(switched_on("same_browser"))
    cookie = with_cookie(cookie_of(post(people, GRACE)))
    assert "<script" in people.client.get(inbox.link(GRACE), headers=cookie).text
    assert not CODE.findall(text_of(inbox.letters(GRACE)[0]))


# The cookie


def test_the_privacy_page_tells_of_the_cookie_where_there_is_one(people: People) -> None:
    english = {"Accept-Language": "en"}
    without = people.client.get("/privacy", headers=english).text
    catalog.apply(switched_on("code"))

    assert "set no cookie" in without
    assert "one cookie for half an hour" in people.client.get("/privacy", headers=english).text


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
def test_only_a_post_from_our_own_page_is_remembered(shortcuts: People, headers: dict[str, str]) -> None:
    answer = post(shortcuts, headers=headers)

    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


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


def test_looking_confirms_nothing_even_in_that_browser(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    for method in ("GET", "HEAD"):
        shortcuts.client.open(inbox.link(ADA), method=method, headers=cookie)

    assert not contents()["subscriptions"]


# The code


def test_the_code_confirms_and_is_on_record_with_what_the_letter_said(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    asked = clock.now()
    with later(minutes=5):
        answer = shortcuts.client.post(WAITING, data={"code": code_of(inbox, ADA)}, headers=cookie)

    assert "Thank you, this is confirmed" in answer.text
    assert len(contents()["subscriptions"]) == 1
    row = confirmation_of(contents)
    assert '"method":"code"' in row
    (sent,) = re.findall(r'"displayed":\{"at":"([^"]+)","page":"letter ', row)
    assert datetime.fromisoformat(sent) >= asked + timedelta(minutes=5), "said when it was asked for, not when it left"
    wordings = json.dumps(shortcuts.wordings()["newsletter"])
    assert wordings in row
    again = shortcuts.client.post(WAITING, data={"code": code_of(inbox, ADA)}, headers=cookie)
    assert "Thank you, this is confirmed" in again.text
    assert len(contents()["subscriptions"]) == 1


def test_a_code_of_a_reduced_key_confirms_nobody(
    shortcuts: People, inbox: Inbox, make_app: Callable[..., Flask], contents: Callable[[], Contents]
) -> None:
    """Whoever knows the leaked key knows the code of any signup of theirs, without its mailbox (PRODUCT 4.12)."""
    cookie = cookie_of(post(shortcuts))
    (signup_id,) = read_mark(cookie)
    leaked = code_of(inbox, ADA)
    newer = SecretKey(secret="a newer secret that nobody else has either")
    app = make_app(secret_keys=(newer, replace(SECRET, reduces=True)))
    with app.app_context():
        fresh = with_cookie(mark([signup_id]))

    for known in (with_cookie(cookie), fresh):
        answer = app.test_client(use_cookies=False).post(WAITING, data={"code": leaked}, headers=known)
        assert answer.status_code == 422
    assert contents()["subscriptions"] == []


def test_without_the_cookie_no_code_is_right(shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    post(shortcuts)
    for cookie in ({}, with_cookie("x"), with_cookie(cookie_of(post(shortcuts, GRACE)))):
        answer = shortcuts.client.post(WAITING, data={"code": code_of(inbox, ADA)}, headers=cookie)
        assert answer.status_code == 422

    assert not contents()["subscriptions"]


@pytest.mark.parametrize("typed", ["", "ABCDEFGH", "🎉🎉🎉🎉", "a" * 5000, "0000-0000", "\x00"])
def test_a_wrong_code_is_answered_alike_whether_there_is_a_signup_or_none(
    shortcuts: People, inbox: Inbox, typed: str
) -> None:
    real, robot = cookie_of(post(shortcuts)), cookie_of(post(shortcuts, website="x"))
    inbox.work()
    answers = [
        shortcuts.client.post(WAITING, data={"code": typed}, headers=headers)
        for headers in (with_cookie(real), with_cookie(robot), {})
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.text for answer in answers}) == 1


def test_after_its_deadline_the_code_is_dead_too(shortcuts: People, inbox: Inbox) -> None:
    post(shortcuts)
    code = code_of(inbox, ADA)
    with later(days=7, seconds=1):
        cookie = with_cookie(cookie_of(post(shortcuts, GRACE)))
        assert shortcuts.client.post(WAITING, data={"code": code}, headers=cookie).status_code == 422


def test_five_tries_are_five_however_many_try_at_once(shortcuts: People, inbox: Inbox, crowd: Crowd) -> None:
    signup_ids = read_mark(cookie_of(post(shortcuts)))
    code = code_of(inbox, ADA)

    def guess() -> None:
        with pytest.raises(CodeWrong):
            confirm_by_code(signup_ids, "0000-0000", Visit(ip=None))

    crowd.do(*[guess] * 5)
    with pytest.raises(CodeWrong):
        confirm_by_code(signup_ids, code, Visit(ip=None))


def test_two_who_type_the_right_code_at_once_confirm_once(
    shortcuts: People, inbox: Inbox, crowd: Crowd, contents: Callable[[], Contents]
) -> None:
    signup_ids = read_mark(cookie_of(post(shortcuts)))
    code = code_of(inbox, ADA)

    def type_it() -> None:
        try:
            confirm_by_code(signup_ids, code, Visit(ip=None))
        except NewsletterError as refusal:
            raise AssertionError from refusal

    crowd.do(*[type_it] * 3)
    assert len(contents()["subscriptions"]) == 1
    assert len([row for row in contents()["evidence"] if "'confirmed'" in row]) == 1
