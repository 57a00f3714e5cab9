"""Each row of the retention table does what it says, when it says (A7.1, G1, G2)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from newsletter import catalog, consent, feed, privacy, subscriptions
from newsletter.changes import Cursor
from newsletter.consent import RemovedChain, Visit
from newsletter.db import reader
from newsletter.subscriptions import Channel, Subscriber
from tests.conftest import EXAMPLE, Contents
from tests.crowd import Crowd
from tests.people import Inbox, People

ADA, GRACE = "ada.lovelace@example.org", "grace.hopper@example.com"
HERE = "192.0.2.77"


@pytest.fixture
def ada(people: People) -> str:
    """She signed up with a name, from an address of her own."""
    people.client.environ_base["REMOTE_ADDR"] = HERE
    return ADA


def at(*instant: int) -> time_machine.travel:
    return time_machine.travel(datetime(*instant, tzinfo=UTC), tick=True)  # type: ignore[misc]


def with_term(usual: str, other: str) -> str:
    text = EXAMPLE.read_text()
    assert text.count(usual) == 1
    return text.replace(usual, other)


def purge(app: Flask) -> dict[str, int]:
    done = app.test_cli_runner().invoke(args=["purge"])
    assert done.exit_code == 0, done.output
    return {name: int(count) for name, _, count in (line.partition(": ") for line in done.stdout.splitlines())}


def faults(address: str) -> list[str]:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return [fault.sentence for fault in subscriptions.verify(session, found.id)]


def proof(address: str) -> list[dict[str, object]]:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return list(consent.proof(session, found.id))


def told(address: str, field: str) -> set[object]:
    return {record["values"][field] for record in proof(address) if field in record["values"]}  # type: ignore[index,operator]


def is_there(contents: Contents, trace: str) -> list[str]:
    return [table for table, rows in contents.items() if trace in str(rows).lower()]


# The table itself


def test_every_rule_has_its_row_and_every_row_that_this_service_deletes_its_rule() -> None:
    by_others = {"logs", "backups"}

    assert set(privacy.RULES) == {row.name for row in catalog.ROWS} - by_others


# IP addresses


def test_an_ip_address_is_shortened_after_twelve_months_and_the_chain_still_verifies(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A2.12."""
    with at(2027, 3, 31, 12):
        people.subscribe(ada, first_name="Augusta")

    with at(2028, 3, 31, 11, 59):
        assert purge(service)["ip"] == 0
        assert is_there(contents(), HERE) == ["evidence_values"]
    with at(2028, 3, 31, 12, 1):
        assert purge(service)["ip"] == 2

        assert is_there(contents(), HERE) == []
        assert told(ada, "ip") == {"removed by rule ip on 2028-03-31"}
        assert told(ada, "ip_network") == {"192.0.2.0/24"}
        assert faults(ada) == []
        assert purge(service)["ip"] == 0


def test_a_shorter_term_reaches_what_a_longer_one_had_passed_over(service: Flask, people: People, ada: str) -> None:
    with at(2027, 1, 10):
        people.subscribe(ada)
    with at(2027, 12, 1):
        assert purge(service)["ip"] == 0

        catalog.apply(with_term("ip_months = 12", "ip_months = 2"))

        assert purge(service)["ip"] == 2


def test_whoever_is_restricted_keeps_everything_until_that_is_lifted(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A8.5."""
    by_staff = {"channel": Channel.STAFF, "visit": Visit(ip=None)}
    with at(2027, 1, 1):
        people.subscribe(ada, first_name="Augusta")
        people.subscribe(GRACE)
        contact_id = str(proof(ada)[0]["contact"])
    with at(2027, 2, 1):
        privacy.restrict(contact_id, **by_staff)  # type: ignore[arg-type]
    with at(2029, 1, 1):
        assert purge(service)["ip"] == 2  # Grace's
        assert is_there(contents(), HERE) == ["evidence_values"]

        privacy.lift(contact_id, **by_staff)  # type: ignore[arg-type]

        assert purge(service)["ip"] == 2
        assert is_there(contents(), HERE) == []


# Those who have left


def test_names_and_choices_go_a_day_after_leaving(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A7.5: from the proof too; what proves the consent stays. What they still get is another thing."""
    with at(2027, 3, 1, 12):
        people.subscribe(ada, first_name="Augusta", topic="events")
        link = people.unsubscribe_link(ada)
        people.subscribe(ada, slug="webshop", first_name="Countess")
        people.press(link, "unsubscribe")
    with at(2027, 3, 2, 11, 59):
        assert purge(service)["subscriptions"] == 0
    with at(2027, 3, 2, 12, 1):
        assert purge(service)["subscriptions"] == 1
        assert purge(service)["subscriptions"] == 0

    kept = contents()
    assert is_there(kept, "augusta") == []
    assert is_there(kept, "countess") == ["evidence_values", "subscriptions"]
    assert "events" not in str(kept["subscriptions"])
    assert "removed by rule subscriptions on 2027-03-02" in str(proof(ada)[0])
    assert faults(ada) == []


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
    service: Flask,
    people: People,
    ada: str,
    contents: Callable[[], Contents],
    when: tuple[tuple[int, ...], ...],
) -> None:
    """A7.4, A7.7, G2: with all that belongs to the person, and not a day before."""
    left, kept_on, gone_on = when
    with at(2027, 1, 31):
        people.subscribe(ada, first_name="Augusta")
        link = people.unsubscribe_link(ada)
    with at(*left):
        people.press(link, "unsubscribe")
    with at(*kept_on):
        assert purge(service)["proof"] == 0
        assert faults(ada) == []
    with at(*gone_on):
        assert purge(service)["proof"] == 1
        assert purge(service)["proof"] == 0

    after = contents()
    for table in ("subscribers", "subscriptions", "evidence", "evidence_values", "resolutions", "letters", "signups"):
        assert after[table] == []
    assert is_there(after, "lovelace") == is_there(after, "augusta") == []
    assert len(after["removed_chains"]) == 1


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


# What is known by hash alone


def test_a_suppression_ends_with_the_term_that_the_catalogue_gives_it(service: Flask, people: People) -> None:
    """A7.8: an end is mandatory."""
    catalog.apply(with_term("suppressions_months = 24", "suppressions_months = 6"))
    with at(2027, 8, 31, 12):
        people.ask(ADA)
        people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    with at(2028, 2, 29, 11):
        assert purge(service)["suppressions"] == 0
    with at(2028, 3, 1):
        assert purge(service)["suppressions"] == 1


def test_the_match_of_a_change_is_kept_for_thirty_five_days(
    service: Flask, people: People, contents: Callable[[], Contents]
) -> None:
    with at(2027, 1, 27, 12):
        people.subscribe(ADA)
        people.leave(ADA)
    with at(2027, 3, 3, 11, 59):
        assert purge(service)["matches"] == 0
    with at(2027, 3, 3, 12, 1):
        assert purge(service)["matches"] == 1
        assert purge(service)["matches"] == 0

    assert "email_sha256" not in str(contents()["changes"])
    assert len(contents()["changes"]) == 2


def test_the_journal_of_reads_is_kept_for_ninety_days(service: Flask, people: People) -> None:
    with at(2027, 1, 1, 12):
        people.subscribe(ADA)
        service.test_cli_runner().invoke(args=["evidence", "show", ADA])
    with at(2027, 4, 1, 11, 59):
        assert purge(service)["reads"] == 0
    with at(2027, 4, 1, 12, 1):
        assert purge(service)["reads"] == 1


def test_hashes_that_limits_count_by_go_after_thirty_days(service: Flask, people: People, inbox: Inbox) -> None:
    """A4.4, C17."""
    with at(2027, 1, 31, 12):
        people.ask(ADA)
        inbox.work()
    with at(2027, 2, 1, 12):
        assert purge(service)["limits"] == 1  # the post, by its source
    with at(2027, 3, 2, 11, 59):
        assert purge(service)["limits"] == 0
    with at(2027, 3, 2, 12, 1):
        assert purge(service)["limits"] == 1


def test_the_table_works_before_there_is_a_catalogue(app: Flask) -> None:
    assert set(purge(app)) == set(privacy.RULES)
