"""The form that asks for a fresh link: what it takes, and what it refuses (PRODUCT 4.6, 4.11)."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Contents
from tests.people import Forms, Inbox, People, heard

ADA, GRACE, EVE = "ada@example.org", "grace@example.com", "eve@example.org"


def ask(people: People, address: str, **more: str) -> TestResponse:
    return people.client.post("/manage", data={"email": address, **more})


def test_whoever_fills_the_hidden_field_gets_the_usual_answer(people: People, contents: Callable[[], Contents]) -> None:
    usual = heard(ask(people, "nobody@example.org"))
    before = contents()

    assert heard(ask(people, "nobody@example.org", website="x")) == usual
    assert contents() == before


def test_who_has_not_confirmed_is_promised_no_page_and_told_what_deletes_the_sign_up(
    people: People, inbox: Inbox
) -> None:
    people.ask(EVE)

    answer = people.client.post("/manage?language=en", data={"email": EVE}).text

    assert "If a sign-up with the address that you entered was confirmed, and not erased since, an e-mail" in answer
    assert "A sign-up that is not confirmed yet has no page. The e-mail about it has a link to delete it." in answer
    assert inbox.links(EVE, "me") == []
    assert people.client.get(inbox.link(EVE, "cancel")).status_code == 200


def test_a_source_that_asks_too_often_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    for number in range(20):
        assert ask(people, f"nobody{number}@example.org").status_code == 200
    before = contents()

    refused = ask(people, ADA)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert f'value="{ADA}"' in refused.text
    assert contents() == before


@pytest.mark.parametrize("wrong", ["", "nonsense", "a@b", "ada@example.org, eve@example.org", "a\r\nb@example.org"])
def test_what_is_no_address_is_said_to_be_none_and_kept_in_the_form(
    people: People, contents: Callable[[], Contents], wrong: str
) -> None:
    before = contents()

    answer = people.client.post("/manage", data={"email": wrong}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert "Enter one e-mail address" in answer.text
    assert Forms(answer.text).forms["ask"]["fields"]["email"] == wrong
    assert contents() == before


def test_a_script_is_answered_in_json(people: People) -> None:
    done = people.client.post("/manage", json={"email": ADA})
    wrong = people.client.post("/manage", json={"email": ["x"], "colour": "red"})

    assert (done.status_code, done.get_json()) == (202, {"status": "check_inbox"})
    assert wrong.status_code == 422
    assert list(wrong.get_json()["errors"]) == ["email", "colour"]


def test_a_form_that_prefers_json_gets_it_and_an_unknown_field_is_refused(people: People) -> None:
    """PRODUCT 5.2 and 7, as at the sign-up."""
    json = {"Accept": "application/json"}
    done = people.client.post("/manage", data={"email": ADA}, headers=json)
    wrong = people.client.post("/manage", data={"email": "x"}, headers=json)
    unknown = people.client.post("/manage", json={"email": ADA, "admin": True})

    assert (done.status_code, done.get_json()) == (202, {"status": "check_inbox"})
    assert (wrong.status_code, wrong.mimetype) == (422, "application/problem+json")
    assert (unknown.status_code, unknown.get_json()["errors"]) == (422, {"admin": ["Unknown field."]})
    assert people.client.post("/manage", data={"email": ADA, "admin": "1"}).status_code == 422
    assert people.client.post("/manage", data="x", headers={"Content-Type": "text/plain"}).status_code == 415


def test_a_foreign_site_cannot_ask(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    answer = people.client.post("/manage", data={"email": ADA}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert inbox.links(ADA, "me") == []


def test_a_fresh_link_is_in_no_newsletters_counts(
    people: People, contents: Callable[[], Contents], inbox: Inbox
) -> None:
    people.subscribe(ADA)
    before = contents()["counts"]

    ask(people, ADA)
    inbox.work()

    assert contents()["counts"] == before
