"""Links to leave by outlive years, keys and relays (PRODUCT 4.6, 4.12; A6, B2)."""

import json
from collections.abc import Callable

from flask import Flask

from newsletter import catalog
from newsletter.config import SecretKey
from tests.conftest import EXAMPLE, SECRET, Contents, Run
from tests.people import Forms, Inbox, People, Tool, later
from tests.tools import leave, move

ADA, GRACE = "ada@example.org", "grace@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_leaving_works_after_ten_years(people: People) -> None:
    """A6.5"""
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)

    with later(days=3650):
        assert people.client.post(link, data=ONE_CLICK).status_code == 200
        assert "You left" in people.client.get(link).text


def test_a_newsletter_that_is_closed_lets_people_leave_see_erase_and_prove_as_ever(
    people: People, inbox: Inbox, tool: Tool, service: Flask
) -> None:
    """PRODUCT 4.1: `retired` closes the sign-up, and keeps leaving, rights, feed and proof."""
    people.subscribe(ADA, GRACE, tracking=True)
    closed = EXAMPLE.read_text().replace("[newsletters.nyhedsbrev]\n", "[newsletters.nyhedsbrev]\nretired = true\n", 1)
    catalog.apply(closed)
    people.client.post("/manage", data={"email": ADA})
    own_page = inbox.link(ADA, "me")

    def press(act: str) -> None:
        forms = Forms(people.client.get(own_page).text).forms
        form = next(form for name, form in forms.items() if name.startswith(act))
        assert people.client.post(own_page, data=form["fields"]).status_code == 200

    press("withdraw-tracking")
    gone = people.press(tool.link(GRACE, "unsubscribe"), "unsubscribe")

    assert "You are unsubscribed" in gone.text
    assert "Sign up again" not in gone.text
    assert people.ask("hedy@example.org").status_code != 303
    assert (tool.contact(ADA)["status"], tool.contact(GRACE)["status"]) == ("subscribed", "unsubscribed")
    assert tool.kinds() == ["confirmed", "confirmed", "tracking_withdrawn", "unsubscribed"]
    assert len(people.client.get(f"{own_page}/data.json").get_json()["evidence"]) == 4
    proof = service.test_cli_runner().invoke(args=["evidence", "show", GRACE]).stdout
    assert json.loads(proof)["consents"][0]["complete"]
    erasing = Forms(people.client.get(f"{own_page}/erase").text).forms["erase"]
    people.client.post(own_page, data=erasing["fields"])
    assert tool.contact(ADA) == {}


def test_who_moved_and_left_may_silence_the_address_that_they_have_and_no_other(
    people: People, inbox: Inbox, run: Run
) -> None:
    """PRODUCT 4.4: by the letter of a sign-up that still waited when they left."""
    new = "ada@new.example.com"
    people.subscribe(ADA, topic="events")
    move(people, ADA, new)
    people.ask(new, topic="products")
    refusal = inbox.link(new, "cancel")
    leave(new)

    people.press(refusal, "cancel", never_again="yes")

    assert run("suppressions", "show", new).stdout.startswith("Suppressed since ")
    assert run("suppressions", "show", ADA).stdout == "Not suppressed.\n"


def test_leaving_survives_the_rotation_of_keys(people: People, make_app: Callable[..., Flask]) -> None:
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    newer = SecretKey(secret="another secret for tests, newer than it")
    rotated = make_app(secret_keys=(newer, SecretKey(secret=SECRET.secret, reduces=True)))

    client = rotated.test_client(use_cookies=False)
    page = client.get(link)
    answer = client.post(link, data=Forms(page.text).forms["unsubscribe"]["fields"])

    assert "You are unsubscribed" in answer.text
    assert client.post(link, data=ONE_CLICK).status_code == 200


def test_a_key_that_only_reduces_confirms_nobody(people: People, inbox: Inbox, make_app: Callable[..., Flask]) -> None:
    people.ask(ADA)
    newer = SecretKey(secret="another secret for tests, newer than it")
    client = make_app(secret_keys=(newer, SecretKey(secret=SECRET.secret, reduces=True))).test_client()

    assert client.get(inbox.link(ADA)).status_code == 404
    assert client.get(inbox.link(ADA, "cancel")).status_code == 200


def test_a_key_behind_the_newest_confirms(people: People, inbox: Inbox, make_app: Callable[..., Flask]) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)
    newer = SecretKey(secret="another secret for tests, newer than it")
    client = make_app(secret_keys=(newer, SECRET)).test_client()

    answer = client.post(link, data=Forms(people.client.get(link).text).forms["confirm"]["fields"])

    assert "this is confirmed" in answer.text


def test_a_link_that_was_tampered_with_ends_nothing(people: People, contents: Callable[[], Contents]) -> None:
    """B2.4, B2.5"""
    people.subscribe(ADA, GRACE)
    adas, graces = people.unsubscribe_link(ADA), people.unsubscribe_link(GRACE)
    signature = graces.rpartition(".")[2]
    before = contents()

    for forged in (adas[:-1], f"{adas}x", f"{adas.rpartition('.')[0]}.{signature}", "/unsubscribe/x"):
        assert people.client.post(forged, data=ONE_CLICK).status_code == 404

    assert contents() == before


def test_leaving_never_waits_for_a_relay_or_a_worker(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    link = people.unsubscribe_link(ADA)
    inbox.relay.heard.clear()

    people.client.post(link, data=ONE_CLICK)
    inbox.work()

    assert "DATA" not in inbox.relay.heard
    assert len(inbox.letters(ADA)) == 1


def test_leaving_takes_the_consent_to_tracking_with_it(people: People, contents: Callable[[], Contents]) -> None:
    """A5.7, A6.10"""
    people.subscribe(ADA, tracking=True)
    assert '"tracking_allowed":true' in contents()["subscriptions"][0]

    people.leave(ADA)

    contact = contents()["subscriptions"][0]
    assert '"tracking_allowed":false' in contact
    assert '"state":"granted"' not in contact
