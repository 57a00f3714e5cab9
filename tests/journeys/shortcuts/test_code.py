"""Confirming by the letter's code: five tries, and nothing to be learnt from them (PRODUCT 4.4)."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from newsletter import catalog, clock, privacy, signups
from newsletter.config import SecretKey
from newsletter.consent import Visit
from newsletter.errors import CodeWrong, NewsletterError
from newsletter.links import mark, read_mark
from newsletter.signups import confirm_by_code
from tests.conftest import SECRET, Contents
from tests.crowd import Crowd
from tests.journeys.shortcuts.switched_on import (
    ADA,
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
from tests.people import Forms, Inbox, People, later


def test_the_code_confirms_and_is_on_record_with_what_the_letter_said(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    cookie = with_cookie(cookie_of(post(shortcuts)))
    asked = clock.now()
    with later(minutes=5):
        typed = code_of(inbox, ADA).replace("-", " ").replace("0", "O").lower()
        answer = shortcuts.client.post(WAITING, data={"code": typed}, headers=cookie)

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


def test_whoever_sends_the_form_again_and_again_still_has_the_code_of_its_letter(
    shortcuts: People, inbox: Inbox
) -> None:
    cookie: dict[str, str] = {}
    for _ in range(6):
        cookie = with_cookie(cookie_of(post(shortcuts, headers={**OWN, **cookie})))

    answer = shortcuts.client.post(WAITING, data={"code": code_of(inbox, ADA)}, headers=cookie)

    assert "Thank you, this is confirmed" in answer.text


def test_the_page_of_a_double_click_takes_the_code_of_its_one_letter(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """The browser gave the first post up before its cookie came, and has the second's alone."""
    post(shortcuts)
    cookie = with_cookie(cookie_of(post(shortcuts)))

    assert len(inbox.letters(ADA)) == 1
    answer = shortcuts.client.post(WAITING, data={"code": code_of(inbox, ADA)}, headers=cookie)

    assert "Thank you, this is confirmed" in answer.text
    assert len(contents()["subscriptions"]) == 1
    assert contents()["letters"] == contents()["signups"] == []


def test_of_clicks_without_end_no_more_is_kept_than_a_page_may_need(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    for _ in range(3):
        for _ in range(6):
            post(shortcuts)
        inbox.work()

    assert len(inbox.letters(ADA)) == 1
    assert len(contents()["signups"]) == 1
    assert len(contents()["letters"]) == 11
    with later(minutes=11):
        post(shortcuts)
        assert len(inbox.letters(ADA)) == 2, "clicked in vain, it is not asked for later and later"
    with later(days=8):
        assert signups.expire(privacy.BATCH) == 1
        assert contents()["signups"] == contents()["letters"] == []


def test_a_double_click_goes_with_the_signup_whose_letter_another_took_the_place_of(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    for topic in ("events", "products", "products", "trends"):
        post(shortcuts, topic=topic)
        inbox.work()

    assert [len(contents()[table]) for table in ("signups", "letters")] == [2, 2]


@pytest.mark.parametrize(("wrong", "status"), [(4, 200), (5, 422)])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_letter_that_is_sent_again_has_a_code_for_the_page_that_asked_again(
    shortcuts: People, inbox: Inbox, contents: Callable[[], Contents], wrong: int, status: int
) -> None:
    """Its first letter got lost, and the browser is another one or has forgotten; five tries are left to both."""
    first = with_cookie(cookie_of(post(shortcuts)))
    inbox.work()
    with later(minutes=20):
        again = with_cookie(cookie_of(post(shortcuts)))
        code = code_of(inbox, ADA)
        assert len(inbox.letters(ADA)) == 2
        for cookie in [first, again, again, again, again][-wrong:]:
            assert shortcuts.client.post(WAITING, data={"code": "0000-0000"}, headers=cookie).status_code == 422
        answer = shortcuts.client.post(WAITING, data={"code": code}, headers=again)

    assert answer.status_code == status
    assert len(contents()["subscriptions"]) == (status == 200)


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


def test_a_wrong_code_stays_where_it_can_be_put_right(shortcuts: People) -> None:
    """F3: also one of a stranger, who is answered alike."""
    page = shortcuts.client.post(WAITING, data={"code": '0000-0OO0"'}).text

    assert Forms(page).forms["code-form"]["fields"]["code"] == '0000-0OO0"'


def test_a_wrong_code_keeps_the_way_to_the_mail(shortcuts: People) -> None:
    form = Forms(shortcuts.client.get(f"{WAITING}?language=da&mail=gmail").text).forms["code-form"]

    again = shortcuts.client.post(form["action"], data={"code": "ABCDEFGH"})

    assert again.status_code == 422
    assert "Åbn Gmail" in again.text


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


def test_five_tries_are_five_for_as_long_as_any_link_lives(shortcuts: People, inbox: Inbox) -> None:
    """A4.1: fourteen days at most."""
    catalog.apply(switched_on("same_browser", "code").replace('link_validity = "7 days"', 'link_validity = "14 days"'))
    signup_ids = read_mark(cookie_of(post(shortcuts)))
    code = code_of(inbox, ADA)
    for _ in range(5):
        with pytest.raises(CodeWrong):
            confirm_by_code(signup_ids, "0000-0000", Visit(ip=None))

    with later(days=13, hours=23), pytest.raises(CodeWrong):
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
