"""The link dies on time, and what was confirmed is on record (PRODUCT 4.4; A4.2)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from newsletter import catalog, clock
from tests.conftest import EXAMPLE, Contents
from tests.journeys.confirmation.pages import ADA, fields_of
from tests.people import Inbox, People, later


@pytest.mark.parametrize("validity", [None, "20 hours", "14 days"])
def test_the_link_dies_to_the_second_though_no_worker_runs(people: People, inbox: Inbox, validity: str | None) -> None:
    """A4.1, A4.2, D1.3"""
    if validity:
        catalog.apply(EXAMPLE.read_text().replace('link_validity = "7 days"', f'link_validity = "{validity}"'))
    lifetime = {None: timedelta(days=7), "20 hours": timedelta(hours=20), "14 days": timedelta(days=14)}[validity]
    asked_at = clock.now()
    deadline = asked_at + lifetime
    with time_machine.travel(asked_at, tick=False):
        people.ask(ADA)
        link = inbox.link(ADA)

    with time_machine.travel(deadline - timedelta(seconds=1), tick=False):
        alive = fields_of(people.client, link)
    with time_machine.travel(deadline, tick=False):
        looked, pressed = people.client.get(link), people.client.post(link, data=alive)
    with time_machine.travel(deadline - timedelta(microseconds=1), tick=False):
        in_time = people.client.post(link, data=alive)

    assert (looked.status_code, pressed.status_code) == (404, 404)
    assert "this is confirmed" in in_time.text


def test_a_dead_link_offers_signing_up_again(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)

    with later(days=7, seconds=1):
        page = people.client.get(link).text

    assert 'href="/newsletters/nyhedsbrev?language=' in page


def test_after_confirming_the_link_shows_the_receipt_for_good(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)

    with later(days=800):
        assert "You now receive" in people.client.get(inbox.link(ADA)).text


def test_the_receipt_promises_nothing_to_whom_nothing_is_sent(people: People, inbox: Inbox) -> None:
    people.subscribe(ADA)
    people.press(people.fresh_link(ADA), "restrict")

    receipt = people.client.get(inbox.link(ADA)).text

    assert "this is confirmed" in receipt
    assert "Restricted: nothing is sent, and nothing is used." in receipt
    assert "you receive" not in receipt


def test_where_the_catalogue_says_so_people_are_sent_on_once(people: People, inbox: Inbox) -> None:
    """D2.3: to an address without the link's token. Whoever opens the link again reads the receipt (E18)."""
    redirects = '[newsletters.nyhedsbrev.redirects]\nconfirmed = "https://www.example.org/velkommen"\n'
    catalog.apply(
        EXAMPLE.read_text().replace("[newsletters.nyhedsbrev.sender]", f"{redirects}[newsletters.nyhedsbrev.sender]")
    )

    answer = people.subscribe(ADA)

    assert (answer.status_code, answer.location) == (303, "https://www.example.org/velkommen")
    assert "Thank you, this is confirmed" in people.client.get(inbox.link(ADA)).text


def test_both_acts_and_the_letter_are_on_record(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    people.ask("Ada.Lovelace@Example.org", tracking=True, first_name="Ada", source="https://www.example.org/news")
    link = inbox.link("Ada.Lovelace@example.org")
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.2"

    people.press(link, "confirm", drop="tracking")

    record = contents()
    acts, values = "".join(record["evidence"]), "".join(record["evidence_values"])
    assert [act in acts for act in ("signed_up", "letter_sent", "confirmed")] == [True] * 3
    assert len(record["evidence"]) == 3
    for value in ("Ada.Lovelace@Example.org", "192.0.2.1", "192.0.2.2", '{"first_name":"Ada"}', "250 2.0.0 Taken"):
        assert value in values
    wordings = people.wordings()
    assert wordings["newsletter"] in acts
    assert wordings["tracking"] in acts
    assert '"dropped":["tracking"]' in acts
    assert "https://www.example.org/news" in acts


def test_a_second_signup_of_the_same_person_appends_to_the_first_proof(
    people: People, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    people.leave(ADA)
    before = contents()

    people.subscribe(ADA)

    after = contents()
    assert set(before["evidence"]) < set(after["evidence"])
    assert set(before["evidence_values"]) < set(after["evidence_values"])
    assert len(after["subscribers"]) == 1
    assert len(after["subscriptions"]) == 2
