"""The list of contacts, as the marketing tool pulls it."""

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask

from newsletter import clock, feed, privacy, signups
from newsletter.changes import Cursor
from newsletter.errors import ContactUnknown, CursorInvalid
from newsletter.feed import Contacts, Selection, Walk
from newsletter.subscriptions import Status
from tests.people import People, later

EVERYBODY = Selection(newsletter="nyhedsbrev")


def emails(page: Contacts) -> list[str]:
    return [json.loads(document)["email"] for document in page.documents]


def first_page(selection: Selection = EVERYBODY) -> Contacts:
    return feed.contacts(selection, None, 100)


def test_who_has_not_confirmed_is_not_in_the_list(service: Flask, people: People) -> None:
    """Nor who let the link die, nor who wants silence, whatever is asked for (A4.5, D3.7)."""
    people.subscribe("ada@example.org")
    for name in ("grace", "edith", "hedy"):
        people.ask(f"{name}@example.org")
    people.press(people.inbox.link("hedy@example.org", "cancel"), "cancel", never_again="yes")

    def told() -> str:
        lists = [first_page(Selection(newsletter="nyhedsbrev", status=status)).documents for status in Status]
        return str([*lists, feed.changes_after("nyhedsbrev", Cursor(), 100).documents])

    page, while_they_wait = first_page(), told()
    with later(days=8):
        signups.expire(privacy.BATCH)

    assert emails(page) == ["ada@example.org"]
    assert page.walk.count == 1
    for everything in (while_they_wait, told()):
        assert [name for name in ("ada", "grace", "edith", "hedy") if f"{name}@" in everything] == ["ada"]


def test_a_contact_is_told_as_promised(service: Flask, people: People) -> None:
    """A1.9, A5.3, A6.4, B2.1: with the consent's words, and exactly the two headers to leave by."""
    people.subscribe("Ada@example.org", tracking=True, first_name="Ada", topic=["products", "events"])

    contact = json.loads(first_page().documents[0])

    assert contact["email"] == "Ada@example.org"
    assert contact["fields"] == {"first_name": "Ada"}
    assert contact["topics"] == ["events", "products"]
    assert contact["tracking_allowed"] is True
    assert contact["consents"]["tracking"]["wording"] == people.wordings()["tracking"]
    assert contact["channel"] == "email"
    assert contact["links"]["unsubscribe"].startswith("http://localhost/unsubscribe/")
    assert contact["headers"] == {
        "List-Unsubscribe": f"<{contact['links']['unsubscribe']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_who_left_is_only_in_the_list_that_asks_for_them(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    people.leave("ada@example.org")

    assert emails(first_page()) == []
    assert emails(first_page(Selection(newsletter="nyhedsbrev", status=Status.UNSUBSCRIBED))) == ["ada@example.org"]


def test_the_list_can_be_narrowed_by_topic_and_by_purpose(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", topic=["products", "events"], tracking=True)
    people.subscribe("grace@example.org", topic=["stories"])

    def found(**narrowed: str) -> list[str]:
        return emails(first_page(Selection(newsletter="nyhedsbrev", **narrowed)))

    assert found(topic="events") == ["ada@example.org"]
    assert found(topic="event") == []
    assert found(topic="_vents") == []
    assert found(topic="%") == []
    assert found(consent="tracking") == ["ada@example.org"]
    assert found(consent="newsletter") == ["ada@example.org", "grace@example.org"]


def test_the_list_can_be_narrowed_to_what_changed_lately(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    between = clock.now()
    people.subscribe("grace@example.org")

    def since(instant: object) -> list[str]:
        return emails(first_page(Selection(newsletter="nyhedsbrev", changed_since=instant)))

    assert since(between) == ["grace@example.org"]
    [grace] = map(json.loads, first_page(Selection(newsletter="nyhedsbrev", changed_since=between)).documents)
    assert since(datetime.fromisoformat(grace["changed_at"])) == ["grace@example.org"]
    assert since(between + timedelta(hours=1)) == []


def test_a_list_holds_its_own_newsletter_only(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", slug="webshop")

    assert emails(first_page()) == []
    assert emails(first_page(Selection(newsletter="webshop"))) == ["ada@example.org"]


def test_a_walk_meets_everybody_once_and_remembers_where_it_began(service: Flask, people: People) -> None:
    """E7, E8"""
    names = ["ada", "grace", "katherine", "hedy", "radia"]
    people.subscribe(*(f"{name}@example.org" for name in names))

    pages = [feed.contacts(EVERYBODY, None, 2)]
    people.subscribe("joan@example.org")
    while pages[-1].next:
        pages.append(feed.contacts(EVERYBODY, Walk.parse(str(pages[-1].next)), 2))

    assert [emails(page) for page in pages] == [
        ["ada@example.org", "grace@example.org"],
        ["katherine@example.org", "hedy@example.org"],
        ["radia@example.org", "joan@example.org"],
    ]
    assert {page.walk.began for page in pages} == {pages[0].walk.began}
    assert {page.walk.count for page in pages} == {5}
    missed = feed.changes_after("nyhedsbrev", pages[0].walk.began, 100)
    assert "joan@example.org" in [json.loads(change)["contact"]["email"] for change in missed.documents]


@pytest.mark.parametrize(
    "other",
    [
        Selection(newsletter="nyhedsbrev", topic="products"),
        Selection(newsletter="nyhedsbrev", status=Status.UNSUBSCRIBED),
        Selection(newsletter="nyhedsbrev", changed_since=clock.BEGINNING),
        Selection(newsletter="webshop"),
    ],
)
def test_a_walk_goes_on_with_what_it_began_with_and_nothing_else(
    service: Flask, people: People, other: Selection
) -> None:
    """Who forgets a filter on the second page would mail people who never chose it."""
    people.subscribe("ada@example.org", "grace@example.org")
    begun = feed.contacts(EVERYBODY, None, 1).next

    with pytest.raises(CursorInvalid, match="with no others"):
        feed.contacts(other, begun, 1)


@pytest.mark.parametrize("raw", ["", "x", "====", "bm90IG9uZSBvZiBvdXJz", "é", "\ud800", "a" * 5000, "MCAxLTEgMQ\x00"])
def test_what_is_no_cursor_of_a_list_is_refused(raw: str) -> None:
    with pytest.raises(CursorInvalid):
        Walk.parse(raw)


def test_an_id_that_names_nobody_is_unknown(service: Flask) -> None:
    for contact_id in ("", "unknown", "\x00", "\ud800", "0" * 10_000, "'; DROP TABLE subscriptions"):
        with pytest.raises(ContactUnknown):
            feed.contact(contact_id)


def test_every_contact_of_an_address_is_found_whatever_its_status(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    people.leave("ada@example.org")
    people.subscribe("ada@example.org", slug="webshop")

    found = [json.loads(contact.document) for contact in feed.contacts_of("ada@example.org")]

    assert [(one["newsletter"], one["status"]) for one in found] == [
        ("nyhedsbrev", "unsubscribed"),
        ("webshop", "subscribed"),
    ]
