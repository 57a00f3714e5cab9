"""Signing up: what is stored, what is answered, and what is not (PRODUCT 4.2; A1, C5)."""

from collections.abc import Callable

import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import catalog
from newsletter.db import db
from tests.conftest import EXAMPLE, Contents
from tests.people import Forms, Inbox, People, later, text_of
from tests.servers import Relay

ADA, GRACE = "ada@example.org", "grace@example.com"


def heard(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that somebody outside can compare; the request's own id is drawn anew for each."""
    headers = [(name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Date")]
    return answer.status_code, headers, answer.data


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


def test_a_form_that_prefers_json_gets_it(people: People) -> None:
    fields = people.filled(ADA)

    answer = people.client.post("/newsletters/nyhedsbrev/signups", data=fields, headers={"Accept": "application/json"})

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
    for known in ("subscribed@example.org", "left@example.org"):
        people.subscribe(known)
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


# Consent


def test_without_the_newsletters_own_wording_nothing_is_stored(
    people: People, contents: Callable[[], Contents]
) -> None:
    """Neither for a person nor for a company's mailbox (A1.1, A1.10)."""
    for address in (ADA, "sales@company.example"):
        for consent in ([], [""], ["yes"], ["0123456789abcdef"]):
            for answer in (people.ask(address, consent=consent), people.ask_by_script(address, consents=consent)):
                assert 400 <= answer.status_code < 500

    assert contents()["signups"] == contents()["letters"] == contents()["post_hits"] == []


def test_the_tracking_wording_alone_is_no_signup(people: People, contents: Callable[[], Contents]) -> None:
    tracking = people.wordings()["tracking"]

    assert people.ask(ADA, consent=[tracking]).status_code == 422
    assert contents()["signups"] == []


def test_a_wording_of_another_language_or_newsletter_is_refused(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A1.6"""
    danish, webshop = people.wordings(language="da")["newsletter"], people.wordings("webshop")["newsletter"]

    for wrong in (danish, webshop):
        answer = people.ask_by_script(ADA, consents=[wrong])
        assert answer.status_code == 409
        assert answer.get_json()["current"] == people.wordings()
    assert contents()["signups"] == []


def test_an_unknown_wording_brings_the_form_back_filled_in_and_unticked(people: People) -> None:
    answer = people.ask(ADA, consent=["0123456789abcdef"], first_name="Ada")
    form = Forms(answer.text).forms[""]

    assert answer.status_code == 409
    assert (form["fields"]["email"], form["fields"]["first_name"]) == (ADA, "Ada")
    assert [box["value"] for box in form["boxes"] if box["name"] == "consent"] == list(people.wordings().values())
    assert not [box for box in form["boxes"] if "checked" in box]


def test_a_retired_wording_is_accepted_for_thirty_days(people: People, contents: Callable[[], Contents]) -> None:
    old = people.wordings()["newsletter"]
    catalog.apply(EXAMPLE.read_text().replace("Yes, Konica", "Yes please, Konica"))
    assert people.wordings()["newsletter"] != old

    with later(days=29.99):
        assert people.ask(ADA, consent=[old]).status_code == 303
    with later(days=30.01):
        assert people.ask(GRACE, consent=[old]).status_code == 409
        answer = people.ask_by_script(GRACE, consents=[old])
        assert (answer.status_code, answer.get_json()["current"]) == (409, people.wordings())

    assert len(contents()["signups"]) == 1


def test_the_letter_shows_the_wording_that_was_ticked_even_if_it_was_retired_since(
    people: People, inbox: Inbox
) -> None:
    people.ask(ADA)
    catalog.apply(EXAMPLE.read_text().replace("Yes, Konica", "Yes please, Konica"))

    letter = text_of(inbox.letters(ADA)[0])

    assert "“Yes, Konica" in letter
    assert "Yes please" not in letter


# What is kept


def test_no_topics_named_means_all_of_them(people: People, inbox: Inbox) -> None:
    people.ask(ADA)

    page = people.client.get(inbox.link(ADA)).text

    for topic in ("News about products", "Invitations to events", "Customer statements", "Market trends", "surveys"):
        assert topic in page


def test_a_name_that_advertises_is_left_out(people: People, inbox: Inbox) -> None:
    people.ask(ADA, first_name="Win at www.casino.example", last_name="Lovelace")

    page = people.client.get(inbox.link(ADA)).text

    assert "casino" not in page
    assert "Lovelace" in page


def test_the_browser_is_not_kept(people: People, contents: Callable[[], Contents]) -> None:
    """A2.13"""
    people.client.environ_base["HTTP_USER_AGENT"] = "Mosaic/0.9 (unusual)"

    people.ask(ADA)
    people.subscribe(GRACE)

    assert "Mosaic" not in str(contents())


def test_a_filled_honeypot_gets_the_usual_answer_and_nothing_is_stored(
    people: People, contents: Callable[[], Contents]
) -> None:
    """C9"""
    before = contents()

    caught = people.ask(ADA, website="https://spam.example"), people.ask_by_script(ADA, website="https://spam.example")

    assert contents() == before
    assert heard(caught[0]) == heard(people.ask(ADA))
    assert heard(caught[1]) == heard(people.ask_by_script(ADA))


def test_a_newsletter_that_is_retired_takes_no_signup(people: People, contents: Callable[[], Contents]) -> None:
    fields = people.filled(ADA)
    catalog.apply(
        EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", "[newsletters.nyhedsbrev]\nretired = true\n")
    )

    by_form = people.client.post("/newsletters/nyhedsbrev/signups", data=fields)
    by_script = people.client.post("/newsletters/nyhedsbrev/signups", json={"email": ADA})

    assert (by_form.status_code, by_script.status_code) == (409, 409)
    assert contents()["signups"] == []


def test_the_language_is_that_of_the_form_else_of_the_words_else_of_the_browser(people: People, inbox: Inbox) -> None:
    fields = people.filled(ADA, language="de")
    del fields["language"]

    people.client.post("/newsletters/nyhedsbrev/signups", data=fields, headers={"Accept-Language": "da"})

    assert inbox.subjects(ADA)[0].startswith("Bitte bestätigen")
