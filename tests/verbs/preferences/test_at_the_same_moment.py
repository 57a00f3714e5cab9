"""A change at the moment of another loses neither (PRODUCT 4.7)."""

from collections.abc import Callable
from functools import partial

import pytest

from newsletter import signups, subscriptions
from newsletter.errors import SubscriptionOver
from newsletter.subscriptions import Cause, Channel, ConsentState, Wishes
from tests.conftest import Run
from tests.crowd import Crowd
from tests.kept import contact, kinds, last_act
from tests.people import Forms, Inbox, People, Tool, later
from tests.verbs.preferences.changing import ADA, HER_PAGE, state
from tests.verbs.races.pressing import in_turn, on_postgresql, pressing

DROP = "contacts rectify --drop-topic trends --reason asked --actor grace"


def test_a_change_at_the_moment_of_an_addition_loses_neither(people: People, inbox: Inbox, crowd: Crowd) -> None:
    people.subscribe(ADA, topic="events", first_name="Ada")
    with later(minutes=11):
        people.ask(ADA, topic="trends", tracking=True)
        link = inbox.link(ADA)
        her = contact().id
        wishes = Wishes(fields={"first_name": "Augusta"})

        crowd.do(lambda: people.press(link, "confirm"), *[lambda: subscriptions.rectify(her, wishes, HER_PAGE)] * 3)

    assert contact().topics == ["events", "trends"]
    assert contact().fields == {"first_name": "Augusta"}
    assert state() == ConsentState.GRANTED
    assert sorted(kinds(her)) == ["confirmed", "tracking_granted", "updated", "updated"]
    assert last_act()["seq"] == 7


def test_leaving_at_the_moment_of_a_change_ends_it_all_the_same(ada: str, people: People, crowd: Crowd) -> None:
    def rectify() -> None:
        try:
            subscriptions.rectify(ada, Wishes(language="da"), HER_PAGE)
        except SubscriptionOver:
            return

    def leave() -> None:
        signups.leave(ada, Cause(Channel.PAGE))

    crowd.do(rectify, leave, lambda: subscriptions.withdraw(ada, ["tracking"], HER_PAGE))

    assert contact().is_over
    assert contact().granted == []
    assert kinds(ada)[-1] == "unsubscribed"
    assert last_act()["act"] == "unsubscribed"


@on_postgresql
@pytest.mark.parametrize("whose", ["a long-lived link", "staff"])
def test_who_drops_a_topic_as_another_is_added_drops_that_alone(
    people: People, inbox: Inbox, tool: Tool, run: Run, whose: str
) -> None:
    """Although the page, or the command, has looked before the addition. SQLite has one writer."""
    people.subscribe(ADA, topic=["events", "trends"])
    people.ask(ADA, topic="products")
    add = pressing(people, inbox.link(ADA), "confirm")
    drop: Callable[[], object] = partial(run, *DROP.split(), ADA)
    if whose == "a long-lived link":
        link = tool.link(ADA)
        found = Forms(people.client.get(link).text).forms["topics"]
        fields = {**found["fields"], "drop": ["trends"]}
        drop = lambda: people.client.application.test_client().post(str(found["action"]), data=fields)  # noqa: E731

    added, _ = in_turn(people, ADA, add, drop)

    assert added.status_code == 200
    assert contact().topics == ["events", "products"]
