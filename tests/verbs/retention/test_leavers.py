"""What goes of those who have left, and when (A7.1, G1, G2)."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from newsletter import catalog, feed, privacy
from newsletter.changes import Cursor
from newsletter.consent import RemovedChain
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel, Subscriber
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.kept import faults, proof
from tests.people import People, Tool, at
from tests.tools import move
from tests.verbs.retention.terms import GRACE, is_there, purge, with_term


def test_names_and_choices_go_a_day_after_leaving(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A7.5: from the proof too; what proves the consent stays. What they still get is another thing.

    Nor do the choices stay of who gave no name.
    """
    with at(2027, 3, 1, 12):
        people.subscribe(GRACE, topic="events")
        people.leave(GRACE)
        people.subscribe(ada, first_name="Augusta", topic="events")
        link = people.unsubscribe_link(ada)
        people.subscribe(ada, slug="webshop", first_name="Countess")
        people.press(link, "unsubscribe")
    with at(2027, 3, 2, 11, 59):
        assert purge(service)["subscriptions"] == 0
    with at(2027, 3, 2, 12, 1):
        assert purge(service)["subscriptions"] == 2
        assert purge(service)["subscriptions"] == 0

    kept = contents()
    assert is_there(kept, "augusta") == []
    assert is_there(kept, "countess") == ["evidence_values", "subscriptions"]
    assert "events" not in str(kept["subscriptions"])
    assert "removed by rule subscriptions on 2027-03-02" in str(proof(ada)[0])
    assert faults(ada) == []


def test_a_newsletter_that_was_left_is_not_told_where_they_have_moved_to(
    service: Flask, people: People, tool: Tool, ada: str
) -> None:
    """A7.5, A8.4: neither at once nor when names and choices go, a day later."""
    with at(2027, 3, 1, 12):
        people.subscribe(ada, first_name="Augusta")
        link = people.unsubscribe_link(ada)
        people.subscribe(ada, slug="webshop")
        people.press(link, "unsubscribe")
        left = tool.contact(ada)
        move(people, ada, "ada@new.example.com")
    with at(2027, 3, 2, 13):
        assert purge(service)["subscriptions"] == 1

        assert tool.contact(ada) == {**left, "fields": {}, "topics": []}
        assert faults("ada@new.example.com") == []


def test_whoever_left_by_a_clock_that_was_behind_is_not_passed_over(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    with at(2027, 3, 10):
        purge(service)
    with at(2027, 3, 1):
        people.subscribe(ada, first_name="Augusta")
        people.leave(ada)
    with at(2027, 3, 11):
        assert purge(service)["subscriptions"] == 1

    assert is_there(contents(), "augusta") == []


def test_nothing_of_those_who_stay_is_emptied(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    with at(2027, 3, 1):
        people.subscribe(ada, first_name="Augusta")
    with at(2027, 6, 1):
        assert purge(service)["subscriptions"] == 0
    assert is_there(contents(), "augusta") == ["evidence_values", "subscriptions"]


@pytest.mark.parametrize(
    "when",
    [
        ((2027, 3, 15, 12), (2029, 3, 15, 11, 59), (2029, 3, 15, 12, 1)),
        ((2028, 2, 29, 12), (2030, 2, 28, 23, 59), (2030, 3, 1, 0, 1)),  # a leap day
        ((2027, 12, 31, 12), (2029, 12, 31, 11, 59), (2029, 12, 31, 12, 1)),
    ],
)
def test_the_proof_goes_twenty_four_months_after_leaving(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents], when: tuple[tuple[int, ...], ...]
) -> None:
    """A7.4, A7.7, G2: with all that belongs to the person, and not a day before; of who was erased since, too."""
    left, kept_on, gone_on = when
    with at(2027, 1, 31):
        links = []
        for address in (ada, GRACE):
            people.subscribe(address, first_name="Augusta")
            links.append(people.unsubscribe_link(address))
    with at(*left):
        for link in links:
            people.press(link, "unsubscribe")
        privacy.erase_address(GRACE, Cause(Channel.STAFF))
    with at(*kept_on):
        assert purge(service)["proof"] == 0
        assert faults(ada) == []
    with at(*gone_on):
        assert purge(service)["proof"] == 2
        assert purge(service)["proof"] == 0

    after = contents()
    for table in ("subscribers", "subscriptions", "evidence", "evidence_values", "resolutions", "letters", "signups"):
        assert after[table] == []
    assert is_there(after, "lovelace") == is_there(after, "augusta") == []
    assert len(after["removed_chains"]) == 2


def test_whoever_still_gets_another_newsletter_keeps_the_proof(service: Flask, people: People, ada: str) -> None:
    with at(2027, 1, 1):
        people.subscribe(ada)
        link = people.unsubscribe_link(ada)
        people.subscribe(GRACE)
        people.leave(GRACE)
    with at(2027, 2, 1):
        people.subscribe(ada, slug="webshop")
        people.press(link, "unsubscribe")

    with at(2031, 1, 1):
        assert purge(service)["proof"] == 1
        assert faults(ada) == []
        assert len(proof(ada)) == 7


def test_a_newsletter_may_keep_its_proof_longer_than_the_others(service: Flask, people: People, ada: str) -> None:
    """A7.2, A7.3, A7.4: per country, up to 36 months."""
    sender = "[newsletters.webshop.sender]"
    catalog.apply(with_term(sender, f"[newsletters.webshop.retention]\nproof_months = 36\n\n{sender}"))
    with at(2027, 1, 1):
        people.subscribe(ada, slug="webshop")
        people.leave(ada)
        people.subscribe(GRACE)
        people.leave(GRACE)

    with at(2029, 1, 2):
        assert purge(service)["proof"] == 1
        assert len(proof(ada)) == 4
    with at(2030, 1, 2):
        assert purge(service)["proof"] == 1


def test_a_tool_that_reads_everything_ends_without_those_who_are_gone(service: Flask, people: People, ada: str) -> None:
    with at(2027, 1, 1):
        people.subscribe(ada)
        people.leave(ada)
    with at(2029, 1, 2):
        purge(service)

        found = feed.changes_after("nyhedsbrev", Cursor(), 10).documents

    changes = [json.loads(document) for document in found]
    assert [change["kind"] for change in changes] == ["confirmed", "unsubscribed", "erased"]
    assert [change["at"][:10] for change in changes] == ["2027-01-01", "2027-01-01", "2029-01-02"]
    assert changes[-1]["contact"] == {"id": changes[0]["id"]}
    assert "lovelace" not in str(changes)


def test_whoever_signs_up_again_afterwards_starts_clean(service: Flask, people: People, ada: str) -> None:
    with at(2027, 1, 1):
        people.subscribe(ada)
        people.leave(ada)
    with at(2029, 1, 2):
        purge(service)
        people.subscribe(ada)

        assert [record["seq"] for record in proof(ada)] == [1, 2, 3]
        assert faults(ada) == []


def test_many_at_once_are_dealt_with_once(crowd: Crowd, service: Flask, people: People) -> None:
    with at(2027, 1, 1):
        for name in ("ada", "grace", "alan", "edsger"):
            people.subscribe(f"{name}@example.org")
            people.leave(f"{name}@example.org")

    with at(2029, 6, 1):
        crowd.do(*[privacy.RULES["proof"]] * 3, *[privacy.RULES["ip"]] * 3)

        assert purge(service)["proof"] == 0
        with reader() as session:
            assert session.scalar(select(func.count()).select_from(RemovedChain)) == 4
            assert session.scalar(select(func.count()).select_from(Subscriber)) == 0
