"""What a subscriber may change without leaving: fields, language, topics, each consent by itself (PRODUCT 4.7; A5)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter import catalog, consent, feed, privacy, signups, subscriptions
from newsletter.changes import Change
from newsletter.consent import Visit
from newsletter.db import reader
from newsletter.errors import ContactUnknown, FieldsInvalid, SubscriptionOver, WordingRetired
from newsletter.subscriptions import Channel, ConsentState, Subscription, Wishes
from tests.conftest import EXAMPLE, Contents
from tests.crowd import Crowd
from tests.people import Inbox, People, Tool, later

ADA = "ada@example.org"
HER_PAGE: dict[str, Any] = {"channel": Channel.ME, "visit": Visit(ip="192.0.2.7")}
STAFF: dict[str, Any] = {
    "channel": Channel.STAFF,
    "visit": Visit(ip=None),
    "note": {"actor": "Grace", "reason": "phone"},
}


def contact(address: str = ADA) -> Subscription:
    """The newest contact of this address."""
    [*_, newest] = feed.contacts_of(address)
    with reader() as session:
        return session.get_one(Subscription, newest.id)


def kinds(contact_id: str) -> list[str]:
    with reader() as session:
        told = select(Change.kind).where(Change.contact_id == contact_id).order_by(Change.id)
        return list(session.scalars(told))


def last_act(address: str = ADA) -> dict[str, Any]:
    with reader() as session:
        assert subscriptions.verify(session, contact(address).subscriber_id) == []
        return consent.proof(session, contact(address).subscriber_id)[-1]


def state(purpose: str = "tracking", address: str = ADA) -> str:
    return contact(address).state_of(purpose)


@pytest.fixture
def ada(people: People) -> str:
    """Ada, subscribed in English with a name, all topics and tracking."""
    people.subscribe(ADA, tracking=True, first_name="Ada")
    return contact().id


# Rectifying


def test_fields_language_and_topics_are_put_right_at_once(ada: str) -> None:
    wishes = Wishes(fields={"first_name": "Augusta"}, language="da", topics={"events", "products"})

    done = subscriptions.rectify(ada, wishes, **HER_PAGE)

    assert (done.fields, done.language, done.topics) == ({"first_name": "Augusta"}, "da", ["events", "products"])
    assert '"first_name":"Augusta"' in done.contact
    assert kinds(ada) == ["confirmed", "updated"]
    assert (done.version, contact().version) == (2, 2)


def test_the_evidence_says_what_is_so_now_by_which_door_and_why(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(fields={"first_name": "Augusta"}), **STAFF)

    act = last_act()

    assert act["act"] == "rectified"
    assert act["facts"]["channel"] == "staff"
    assert act["values"] == {"fields": '{"first_name":"Augusta"}', "actor": "Grace", "reason": "phone"}


def test_what_is_not_named_stays_and_what_is_empty_goes(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(language="de"), **HER_PAGE)
    assert contact().fields == {"first_name": "Ada"}

    subscriptions.rectify(ada, Wishes(fields={"first_name": ""}), **HER_PAGE)
    assert contact().fields == {}
    assert contact().language == "de"


def test_putting_right_what_is_right_writes_nothing(ada: str, contents: Callable[[], Contents]) -> None:
    wishes = Wishes(fields={"first_name": "Augusta"}, topics={"events"})
    subscriptions.rectify(ada, wishes, **HER_PAGE)
    before = contents()

    subscriptions.rectify(ada, wishes, **HER_PAGE)
    subscriptions.rectify(ada, Wishes(), **HER_PAGE)

    assert contents() == before


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(language="fr"), "language"),
        (Wishes(topics={"events", "weapons"}), "topics"),
        (Wishes(fields={"phone": "555"}), "phone"),
        (Wishes(fields={"phone": ""}), "phone"),
        (Wishes(fields={"first_name": "A" * 81}), "first_name"),
        (Wishes(fields={"first_name": "A\u202eb"}), "first_name"),
        (Wishes(fields={"first_name": "A\r\nBcc: eve@example.org"}), "first_name"),
    ],
)
def test_what_cannot_be_so_is_refused_whole(
    ada: str, contents: Callable[[], Contents], wishes: Wishes, field: str
) -> None:
    before = contents()

    with pytest.raises(FieldsInvalid) as refused:
        subscriptions.rectify(ada, wishes, **HER_PAGE)

    assert list(refused.value.errors) == [field]
    assert contents() == before


def test_a_name_that_advertises_is_not_kept_here_either(ada: str) -> None:
    """C3."""
    subscriptions.rectify(ada, Wishes(fields={"first_name": "see www.example.com"}), **HER_PAGE)

    assert contact().fields == {}


def test_only_the_person_adds_a_topic(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(topics={"events"}), **STAFF)

    with pytest.raises(FieldsInvalid):
        subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), **STAFF)
    with pytest.raises(FieldsInvalid):
        subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), **{**HER_PAGE, "channel": Channel.MANAGE})
    assert contact().topics == ["events"]

    subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), **HER_PAGE)
    assert contact().topics == ["events", "trends"]


def test_who_has_left_is_not_put_right_or_granted_anything(ada: str, people: People) -> None:
    """A6.8"""
    people.leave(ADA)

    with pytest.raises(SubscriptionOver):
        subscriptions.rectify(ada, Wishes(language="da"), **STAFF)
    with pytest.raises(SubscriptionOver):
        subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, **HER_PAGE)


def test_nobody_is_nobody(service: Flask) -> None:
    for verb, wanted in ((subscriptions.rectify, Wishes()), (subscriptions.grant, {}), (subscriptions.withdraw, ())):
        with pytest.raises(ContactUnknown):
            verb("0" * 24, wanted, **STAFF)  # type: ignore[operator]


# Consents


def test_what_was_offered_and_not_ticked_is_denied_from_the_first(people: People) -> None:
    """A1.3, A5.1, PRODUCT 4.7: a first decline is stored as a decline."""
    people.subscribe(ADA)

    assert state() == ConsentState.DENIED
    assert contact().consents["tracking"]["wording"] is None
    assert '"tracking_allowed":false' in contact().contact


def test_an_unticked_box_on_a_repeated_form_is_no_withdrawal(ada: str, people: People) -> None:
    """PRODUCT 4.7."""
    with later(minutes=11):
        people.ask(ADA, first_name="Somebody Else", topic="events")
    with later(minutes=22):
        people.ask(ADA, language="de")
        people.inbox.work()

    assert state() == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed"]


def test_an_unticked_box_on_a_confirmed_repeated_form_is_no_withdrawal_either(people: People) -> None:
    people.subscribe(ADA, tracking=True, topic="events")
    with later(minutes=11):
        people.ask(ADA, topic="trends")
        people.confirm(ADA)

    assert state() == ConsentState.GRANTED
    assert contact().topics == ["events", "trends"]


def test_withdrawn_comes_after_granted_and_the_subscription_goes_on(ada: str) -> None:
    """A5.5."""
    done = subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)

    assert done.consents["tracking"]["state"] == ConsentState.WITHDRAWN
    assert done.consents["tracking"]["wording"]
    assert done.granted == ["newsletter"]
    assert done.status == "subscribed"
    assert '"tracking_allowed":false' in done.contact
    assert kinds(ada) == ["confirmed", "tracking_withdrawn"]
    assert last_act()["facts"] == {"channel": "me", "consents": {"tracking": "withdrawn"}}
    assert last_act()["values"]["ip"] == "192.0.2.7"


def test_withdrawing_what_was_never_granted_leaves_it_denied(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe(ADA)
    before = contents()

    subscriptions.withdraw(contact().id, ["tracking"], **HER_PAGE)

    assert state() == ConsentState.DENIED
    assert contents() == before


def test_withdrawing_twice_is_withdrawing_once(ada: str, contents: Callable[[], Contents]) -> None:
    subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)
    before = contents()

    subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)

    assert contents() == before


def test_the_person_grants_in_the_words_that_are_current(people: People) -> None:
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]

    done = subscriptions.grant(contact().id, {"tracking": wording}, **HER_PAGE)

    assert done.consents["tracking"]["state"] == ConsentState.GRANTED
    assert done.consents["tracking"]["wording"] == wording
    assert '"tracking_allowed":true' in done.contact
    assert kinds(done.id) == ["confirmed", "tracking_granted"]
    assert last_act()["facts"]["granted"] == {"tracking": wording}


def test_granting_again_keeps_the_words_first_agreed_to(
    ada: str, contents: Callable[[], Contents], people: People
) -> None:
    before = contents()

    subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, **HER_PAGE)

    assert contents() == before


def test_what_was_withdrawn_can_be_granted_anew(ada: str, people: People) -> None:
    subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)
    subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, **HER_PAGE)

    assert state() == ConsentState.GRANTED
    assert kinds(ada) == ["confirmed", "tracking_withdrawn", "tracking_granted"]


def test_words_of_another_language_purpose_newsletter_or_time_grant_nothing(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A1.6: never silently mapped to the latest."""
    people.subscribe(ADA)
    old = people.wordings()["tracking"]
    others = [people.wordings(language="da")["tracking"], people.wordings()["newsletter"], "nothing"]
    others.append(people.wordings("webshop")["tracking"])
    changed = EXAMPLE.read_text().replace("evaluate which", "look at which").replace("I agree", "I do agree")
    catalog.apply(changed)
    others += [old] if people.wordings()["tracking"] != old else []
    before = contents()

    for wording in others:
        with pytest.raises(WordingRetired):
            subscriptions.grant(contact().id, {"tracking": wording}, **HER_PAGE)
    with pytest.raises(WordingRetired):
        subscriptions.grant(contact().id, {"profiling": people.wordings()["tracking"]}, **HER_PAGE)

    assert contents() == before


RETIRED = 'id = "tracking"\nretired = true'
PURPOSE = 'id = "tracking"'


def test_tracking_ends_and_people_leave_though_the_purpose_was_retired(ada: str, people: People) -> None:
    """PRODUCT 4.7: leaving works even where the purpose was removed from the catalogue."""
    people.subscribe("grace@example.com", tracking=True)
    link = people.unsubscribe_link("grace@example.com")
    catalog.apply(EXAMPLE.read_text().replace(PURPOSE, RETIRED))

    subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)
    people.press(link, "unsubscribe")

    assert state() == ConsentState.WITHDRAWN
    assert state(address="grace@example.com") == ConsentState.WITHDRAWN
    assert kinds(contact("grace@example.com").id)[-1] == "unsubscribed"


def test_a_retired_purpose_is_not_granted(people: People) -> None:
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]
    catalog.apply(EXAMPLE.read_text().replace(PURPOSE, RETIRED))

    with pytest.raises(WordingRetired):
        subscriptions.grant(contact().id, {"tracking": wording}, **HER_PAGE)


def without_tracking() -> str:
    """The example as it would be had its writers never thought of tracking."""
    purpose = re.compile(r'\[\[newsletters\.\w+\.purposes]]\nid = "tracking"(?:.+?""".+?"""){3}', re.DOTALL)
    return purpose.sub("", EXAMPLE.read_text())


def test_a_purpose_that_came_later_is_unknown_until_somebody_says_something(people: People, tool: Tool) -> None:
    """PRODUCT 4.7: and then a no is a decline, for nothing had been granted (A1.3)."""
    catalog.apply(without_tracking())
    people.subscribe(ADA)
    stored = contact().contact
    catalog.apply(EXAMPLE.read_text())
    people.subscribe("grace@example.org", tracking=True)
    assert state() == ConsentState.UNKNOWN
    assert contact().contact == stored
    for ada, grace in (tool.read("nyhedsbrev/contacts"), tool.stream("nyhedsbrev/contacts.ndjson")):
        assert ada["consents"]["newsletter"]["state"] == grace["consents"]["tracking"]["state"] == "granted"
        assert ada["consents"]["tracking"] == {"state": "unknown", "at": None, "wording": None}
        assert ada["tracking_allowed"] is False
    assert tool.changes()[0]["contact"]["consents"]["tracking"]["state"] == "unknown"
    assert "consent,tracking,unknown,\r\n" in privacy.portable_csv(contact().id)

    subscriptions.withdraw(contact().id, ["tracking"], **HER_PAGE)

    assert state() == tool.contact(ADA)["consents"]["tracking"]["state"] == ConsentState.DENIED
    assert kinds(contact().id) == ["confirmed", "updated"]


def test_the_newsletter_itself_is_left_and_not_withdrawn_by_halves(ada: str) -> None:
    for purposes in (["newsletter"], ["tracking", "newsletter"], ["profiling"]):
        with pytest.raises(FieldsInvalid):
            subscriptions.withdraw(ada, purposes, **HER_PAGE)

    assert state("newsletter") == state("tracking") == ConsentState.GRANTED


def test_leaving_withdraws_tracking_as_well_and_withdrawing_afterwards_is_no_mistake(ada: str, people: People) -> None:
    """A6.10, A5.5."""
    people.leave(ADA)

    subscriptions.withdraw(ada, ["tracking"], **HER_PAGE)

    assert state() == state("newsletter") == ConsentState.WITHDRAWN
    assert kinds(ada) == ["confirmed", "unsubscribed"]


def test_how_it_came_is_stamped_by_the_service_whatever_a_form_says(people: People) -> None:
    """PRODUCT 4.7: the method is stamped by the server."""
    people.ask(ADA)
    people.confirm(ADA, method="code", channel="staff", at="2020-01-01T00:00:00Z", seconds_after_letter="0")
    link = people.unsubscribe_link(ADA)
    assert last_act()["facts"]["method"] == "button"

    people.press(link, "unsubscribe", channel="mail", method="mail")

    assert last_act()["facts"]["channel"] == "page"


# At the same moment


def test_a_change_at_the_moment_of_an_addition_loses_neither(people: People, inbox: Inbox, crowd: Crowd) -> None:
    people.subscribe(ADA, topic="events", first_name="Ada")
    with later(minutes=11):
        people.ask(ADA, topic="trends", tracking=True)
        link = inbox.link(ADA)
        her = contact().id
        wishes = Wishes(fields={"first_name": "Augusta"})

        crowd.do(lambda: people.press(link, "confirm"), *[lambda: subscriptions.rectify(her, wishes, **HER_PAGE)] * 3)

    assert contact().topics == ["events", "trends"]
    assert contact().fields == {"first_name": "Augusta"}
    assert state() == ConsentState.GRANTED
    assert sorted(kinds(her)) == ["confirmed", "tracking_granted", "updated", "updated"]
    assert last_act()["seq"] == 7


def test_leaving_at_the_moment_of_a_change_ends_it_all_the_same(ada: str, people: People, crowd: Crowd) -> None:
    def rectify() -> None:
        try:
            subscriptions.rectify(ada, Wishes(language="da"), **HER_PAGE)
        except SubscriptionOver:
            return

    def leave() -> None:
        signups.leave(ada, channel=Channel.PAGE, visit=Visit(ip=None))

    crowd.do(rectify, leave, lambda: subscriptions.withdraw(ada, ["tracking"], **HER_PAGE))

    assert contact().is_over
    assert contact().granted == []
    assert kinds(ada)[-1] == "unsubscribed"
    assert last_act()["act"] == "unsubscribed"
