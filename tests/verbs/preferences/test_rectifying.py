"""What a subscriber may change without leaving: fields, language, topics (PRODUCT 4.6, 4.9)."""

from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import subscriptions
from newsletter.errors import ContactUnknown, FieldsInvalid, SubscriptionOver
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.conftest import Contents
from tests.kept import contact, kinds, last_act
from tests.people import People
from tests.verbs.preferences.changing import ADA, HER_PAGE

STAFF = Cause(Channel.STAFF, note={"actor": "Grace", "reason": "phone"})


def test_fields_language_and_topics_are_put_right_at_once(ada: str) -> None:
    wishes = Wishes(fields={"first_name": "Augusta"}, language="da", topics={"events", "products"})

    done = subscriptions.rectify(ada, wishes, HER_PAGE)

    assert (done.fields, done.language, done.topics) == ({"first_name": "Augusta"}, "da", ["events", "products"])
    assert '"first_name":"Augusta"' in done.contact
    assert kinds(ada) == ["confirmed", "updated"]
    assert (done.version, contact().version) == (2, 2)


def test_the_evidence_says_what_is_so_now_by_which_door_and_why(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(fields={"first_name": "Augusta"}), STAFF)

    act = last_act()

    assert act["act"] == "rectified"
    assert act["facts"]["channel"] == "staff"
    assert act["values"] == {"fields": '{"first_name":"Augusta"}', "actor": "Grace", "reason": "phone"}


def test_what_is_not_named_stays_and_what_is_empty_goes(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(language="de"), HER_PAGE)
    assert contact().fields == {"first_name": "Ada"}

    subscriptions.rectify(ada, Wishes(fields={"first_name": ""}), HER_PAGE)
    assert contact().fields == {}
    assert contact().language == "de"


def test_a_name_may_be_as_long_as_at_sign_up(ada: str) -> None:
    longest, longer = ({"first_name": "x" * length} for length in (80, 81))

    assert subscriptions.rectify(ada, Wishes(fields=longest), HER_PAGE).fields == longest
    with pytest.raises(FieldsInvalid):
        subscriptions.rectify(ada, Wishes(fields=longer), HER_PAGE)


def test_putting_right_what_is_right_writes_nothing(ada: str, contents: Callable[[], Contents]) -> None:
    wishes = Wishes(fields={"first_name": "Augusta"}, topics={"events"})
    subscriptions.rectify(ada, wishes, HER_PAGE)
    before = contents()

    subscriptions.rectify(ada, wishes, HER_PAGE)
    subscriptions.rectify(ada, Wishes(), HER_PAGE)

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
        subscriptions.rectify(ada, wishes, HER_PAGE)

    assert list(refused.value.errors) == [field]
    assert contents() == before


def test_a_name_that_advertises_is_not_kept_here_either(ada: str) -> None:
    """C3."""
    subscriptions.rectify(ada, Wishes(fields={"first_name": "see www.example.com"}), HER_PAGE)

    assert contact().fields == {}


def test_only_the_person_adds_a_topic(ada: str) -> None:
    subscriptions.rectify(ada, Wishes(topics={"events"}), STAFF)

    with pytest.raises(FieldsInvalid):
        subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), STAFF)
    with pytest.raises(FieldsInvalid):
        subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), Cause(Channel.MANAGE))
    assert contact().topics == ["events"]

    subscriptions.rectify(ada, Wishes(topics={"events", "trends"}), HER_PAGE)
    assert contact().topics == ["events", "trends"]


def test_who_has_left_is_not_put_right_or_granted_anything(ada: str, people: People) -> None:
    """A6.8"""
    people.leave(ADA)

    with pytest.raises(SubscriptionOver):
        subscriptions.rectify(ada, Wishes(language="da"), STAFF)
    with pytest.raises(SubscriptionOver):
        subscriptions.grant(ada, {"tracking": people.wordings()["tracking"]}, HER_PAGE)


def test_an_id_that_is_nobodys_changes_nothing(service: Flask) -> None:
    for verb, wanted in ((subscriptions.rectify, Wishes()), (subscriptions.grant, {}), (subscriptions.withdraw, ())):
        with pytest.raises(ContactUnknown):
            verb("0" * 24, wanted, STAFF)  # type: ignore[operator]
