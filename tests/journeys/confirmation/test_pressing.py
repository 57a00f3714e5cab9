"""Pressing confirms, and counts once (PRODUCT 4.4; B6, D1.3)."""

from collections.abc import Callable

from tests.conftest import Contents
from tests.journeys.confirmation.pages import ADA, GRACE, fields_of
from tests.people import Forms, Inbox, People, later


def test_pressing_confirms_and_shows_the_receipt(people: People) -> None:
    """E18, D2.3: the post itself is answered."""
    answer = people.subscribe(ADA, topic="events")

    assert answer.status_code == 200
    assert "this is confirmed" in answer.text
    assert "Invitations to events" in answer.text
    assert "may send me the newsletter by e-mail" in answer.text
    assert "/unsubscribe/" in answer.text


def test_a_second_press_says_so_again_and_records_nothing(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """B6.4, D1.3: a link confirms once."""
    people.ask(ADA)
    link = inbox.link(ADA)
    pressed = fields_of(people.client, link)
    first = people.client.post(link, data=pressed)
    before = contents()

    second = people.client.post(link, data=pressed)
    third = people.client.get(link)

    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 200)
    assert first.data == second.data == third.data
    assert contents() == before


def test_it_works_on_another_device_days_later(people: People, inbox: Inbox) -> None:
    """B6.6"""
    people.ask(ADA)
    link = inbox.link(ADA)
    phone = people.client.application.test_client(use_cookies=False)
    phone.environ_base.update({"REMOTE_ADDR": "2001:db8::7", "HTTP_USER_AGENT": "Phone"})

    with later(days=6.9):
        answer = phone.post(link, data=fields_of(people.client, link))

    assert "this is confirmed" in answer.text


def test_the_link_and_the_nonce_are_all_the_authority_there_is(people: People, inbox: Inbox) -> None:
    """D3.2"""
    for origin in ("null", "http://localhost", "https://mail.example"):
        address = f"ada@{origin.rpartition('/')[2]}.example"
        people.ask(address)
        link = inbox.link(address)

        answer = people.client.post(link, data=fields_of(people.client, link), headers={"Origin": origin})

        assert "this is confirmed" in answer.text


def test_a_blind_press_does_nothing(people: People, inbox: Inbox, contents: Callable[[], Contents]) -> None:
    """B6.3"""
    people.ask(ADA)
    people.ask(GRACE)
    link, other, cancel = inbox.link(ADA), inbox.link(GRACE), inbox.link(ADA, "cancel")
    before = contents()
    graces = fields_of(people.client, other)["nonce"]
    of_cancel = fields_of(people.client, cancel, "cancel")["nonce"]

    for nonce in (None, "", "x", ".", graces, of_cancel, graces[:-2], "a" * 5000, "\x00"):
        answer = people.client.post(link, data={} if nonce is None else {"nonce": nonce})
        assert answer.status_code == 200
        assert "confirm" in Forms(answer.text).forms
    for body in ({"json": {"nonce": "x"}}, {"data": b"\xff\xfe"}, {"data": "List-Unsubscribe=One-Click"}):
        assert people.client.post(link, **body).status_code == 200

    assert contents() == before


def test_a_page_that_was_open_for_too_long_comes_again_and_its_button_works(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    """B6.3: a nonce lives for an hour."""
    people.ask(ADA, tracking=True)
    link = inbox.link(ADA)
    stale = {**fields_of(people.client, link), "drop": "tracking"}
    before = contents()

    with later(hours=1, seconds=2):
        answer = people.client.post(link, data=stale)
        assert answer.status_code == 200
        assert "open for too long" in answer.text
        assert contents() == before
        fields = Forms(answer.text).forms["confirm"]["fields"]
        assert fields["drop"] == "tracking"  # or a second press would grant what the first declined
        again = people.client.post(link, data=fields)

    assert "this is confirmed" in again.text


def test_a_page_is_good_for_an_hour(people: People, inbox: Inbox) -> None:
    people.ask(ADA)
    link = inbox.link(ADA)
    shown = fields_of(people.client, link)

    with later(minutes=59, seconds=50):
        assert "this is confirmed" in people.client.post(link, data=shown).text


def test_tracking_can_be_dropped_before_confirming(people: People, inbox: Inbox) -> None:
    """B6.7"""
    people.ask(ADA, tracking=True)

    answer = people.confirm(ADA, drop="tracking")

    assert "may send me the newsletter" in answer.text
    assert "record and evaluate" not in answer.text


def test_the_newsletter_itself_cannot_be_dropped(people: People) -> None:
    people.ask(ADA, tracking=True)

    answer = people.confirm(ADA, drop=["newsletter", "tracking", "nonsense"])

    assert "may send me the newsletter" in answer.text


def test_what_the_person_typed_is_shown_as_text(people: People, inbox: Inbox) -> None:
    """D3.8: and kept as text, whatever it would mean to a database."""
    people.ask(ADA, first_name='Ada "&" Co', last_name="Tables'); DROP TABLE signups; --")

    page = people.client.get(inbox.link(ADA)).text

    assert "Ada &#34;&amp;&#34; Co" in page
    assert "Tables&#39;); DROP TABLE signups; --" in page
