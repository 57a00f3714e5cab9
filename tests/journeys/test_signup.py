"""Signing up: what is answered, to whomsoever, and what is written (PRODUCT 4.2; C5)."""

from collections.abc import Callable

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from newsletter.db import db
from tests.conftest import Contents
from tests.people import Forms, Inbox, People, heard, later
from tests.servers import Relay

ADA, GRACE = "ada@example.org", "grace@example.com"


def test_a_form_leads_to_the_waiting_page_and_a_letter(people: People, inbox: Inbox) -> None:
    """E20"""
    answer = people.ask(ADA)

    assert answer.status_code == 303
    assert answer.location == "/newsletters/nyhedsbrev/inbox?language=en"
    assert people.client.get(answer.location).status_code == 200
    assert inbox.subjects(ADA) == ["Please confirm: Konica Minolta newsletter"]


def test_a_script_is_answered_in_json(people: People, inbox: Inbox) -> None:
    """E20"""
    answer = people.ask_by_script(ADA, topics=["events"])

    assert (answer.status_code, answer.get_json()) == (202, {"status": "check_inbox"})
    assert len(inbox.letters(ADA)) == 1


def test_a_script_is_told_what_is_wrong_in_the_language_of_its_form(people: People) -> None:
    entered = {"email": "postmaster@example.org", "language": "da"}
    answer = people.client.post("/newsletters/nyhedsbrev/signups", json=entered)

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {
        "email": ["Denne adresse hører til en funktion og ikke til en person. Skriv venligst din egen."],
        "consents": ["Sæt kryds for at modtage nyhedsbrevet."],
    }
    twice = {"data": {"email": [ADA, ADA]}, "headers": {"Accept": "application/json", "Accept-Language": "da"}}
    told = people.client.post("/newsletters/nyhedsbrev/signups", **twice).get_json()
    assert told["errors"] == {"email": ["Det er sendt to gange."]}


@pytest.mark.parametrize("accepted", ["application/json", "application/json; charset=utf-8", "application/json, */*"])
def test_a_form_that_prefers_json_gets_it(people: People, accepted: str) -> None:
    fields = people.filled(ADA)

    answer = people.client.post("/newsletters/nyhedsbrev/signups", data=fields, headers={"Accept": accepted})

    assert (answer.status_code, answer.get_json()) == (202, {"status": "check_inbox"})


def test_the_hosted_page_signs_up_once_its_box_is_ticked(client: FlaskClient, people: People, inbox: Inbox) -> None:
    """No box is ticked in advance, and the one for tracking may stay so (A1.1, A1.2, A1.7)."""
    page = client.get("/newsletters/nyhedsbrev?language=da")
    form = Forms(page.text).forms[""]
    newsletter = next(box for box in form["boxes"] if box["id"] == "consent")

    answer = client.post(form["action"], data={**form["fields"], "email": ADA, "consent": newsletter["value"]})

    assert "required" in newsletter
    assert [box["id"] for box in form["boxes"] if box["name"] == "consent"] == ["consent", "consent-tracking"]
    assert not [box for box in form["boxes"] if "checked" in box]
    assert 'href="https://www.example.org/da/privatlivspolitik"' in page.text.partition('name="consent"')[0]
    assert answer.status_code == 303
    assert inbox.letters(ADA)[0]["Subject"].startswith("Bekræft")


def test_the_address_of_the_waiting_page_tells_the_language_and_the_webmail_alone(people: People) -> None:
    answer = people.ask("ada.lovelace@gmail.com", language="de", first_name="Ada", tracking=True)

    assert answer.location == "/newsletters/nyhedsbrev/inbox?language=de&mail=gmail"
    search = "https://mail.google.com/mail/u/0/#search/from%3A(nyhedsbrev%40example.org)+in%3Aanywhere"
    assert f'href="{search}"' in people.client.get(answer.location).text


def test_whosever_address_it_is_the_answer_is_the_same(people: People, inbox: Inbox) -> None:
    """C5: known, left, suppressed, over its cap, undeliverable or new."""
    people.subscribe("subscribed@example.org", "left@example.org")
    people.leave("left@example.org")
    people.ask("suppressed@example.org")
    people.press(inbox.link("suppressed@example.org", "cancel"), "cancel", never_again="yes")
    people.ask("pending@example.org")
    for topic in ("products", "events"):
        people.ask("capped@example.org", topic=topic)
    inbox.relay.answer("RCPT", "550 5.1.1 no such user", to="undeliverable@example.org")
    people.ask("undeliverable@example.org")
    inbox.work()
    everybody = ["new", "pending", "subscribed", "left", "suppressed", "capped", "undeliverable"]

    by_form = {str(heard(people.ask(f"{who}@example.org", topic="trends"))) for who in everybody}
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"  # the limit of the first place is nearly reached
    by_script = {str(heard(people.ask_by_script(f"{who}@example.org", topics=["stories"]))) for who in everybody}

    assert len(by_form) == len(by_script) == 1


def test_every_accepted_post_writes_one_signup_and_one_letter(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.subscribe("subscribed@example.org")
    people.ask("suppressed@example.org")
    people.press(inbox.link("suppressed@example.org", "cancel"), "cancel", never_again="yes")

    for who in ("new", "new", "subscribed", "suppressed"):
        before = contents()
        people.ask(f"{who}@example.org")
        after = contents()
        written = {table: len(after[table]) - len(before[table]) for table in before if after[table] != before[table]}
        assert {**written, "post_hits": 1} == {"signups": 1, "letters": 1, "post_hits": 1}


def test_signing_up_speaks_to_no_relay(people: People, relay: Relay) -> None:
    people.ask(ADA)

    assert relay.heard == []


def test_the_letter_of_a_signup_waits_for_a_relay_that_is_down(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.stop()
    assert people.ask(ADA).status_code == 303
    inbox.work()
    relay.start()

    with later(minutes=1):
        assert len(inbox.letters(ADA)) == 1


def test_a_signup_without_its_letter_is_not_stored(
    service: Flask, people: People, contents: Callable[[], Contents]
) -> None:
    """D3.9: nor is anybody told what went wrong in there."""
    refuse_letters()

    answer = people.ask(ADA)

    assert answer.status_code >= 500
    assert not [told for told in ("full", "INSERT", "Error", "Traceback") if told in answer.text]
    assert contents()["signups"] == contents()["letters"] == contents()["post_hits"] == []


def refuse_letters() -> None:
    """As a full disk would, between the one insert and the other."""
    if db.engine.dialect.name == "sqlite":
        statements = ["CREATE TRIGGER no BEFORE INSERT ON letters BEGIN SELECT raise(ABORT, 'full'); END"]
    else:
        statements = [
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$",
            "CREATE TRIGGER no BEFORE INSERT ON letters FOR EACH ROW EXECUTE FUNCTION no()",
        ]
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))
