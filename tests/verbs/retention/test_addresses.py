"""The retention table itself, and the IP addresses that it shortens (A7.1, G1, G2)."""

from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest
from flask import Flask

from newsletter import catalog, consent, privacy, subscriptions
from newsletter.db import reader, transaction
from newsletter.privacy import ip_addresses, leavers
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.kept import faults, proof, subscriber_id
from tests.people import People, at, post
from tests.verbs.retention.terms import GRACE, HERE, is_there, purge, with_term


def told(address: str, field: str) -> set[object]:
    return {record["values"][field] for record in proof(address) if field in record["values"]}  # type: ignore[index,operator]


def test_every_rule_has_its_row_and_every_row_that_this_service_deletes_its_rule() -> None:
    by_others = {"logs", "backups"}

    assert set(privacy.RULES) == {row.name for row in catalog.ROWS} - by_others


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


def test_what_went_by_one_rule_is_said_to_have_gone_by_that_also_after_an_erasure(
    service: Flask, people: People, ada: str
) -> None:
    with at(2027, 3, 31, 12):
        people.subscribe(ada)
    with at(2028, 4, 1):
        purge(service)
        before, whose = told(ada, "ip"), subscriber_id(ada)
        privacy.erase_address(ada, Cause(Channel.STAFF))

        with reader() as session:
            assert {record["values"].get("ip") for record in consent.proof(session, whose)} - {None} == before


def test_so_is_the_one_from_which_another_address_was_asked_for(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A2.12"""
    asked_from = "198.51.100.7"
    with at(2027, 3, 31, 12):
        people.subscribe(ada)
        link = people.fresh_link(ada)
        people.client.environ_base["REMOTE_ADDR"] = asked_from
        post(people, link, "address", email=GRACE)
        people.client.environ_base["REMOTE_ADDR"] = HERE
        people.confirm(GRACE)

    assert is_there(contents(), asked_from) == ["evidence_values"]
    with at(2028, 3, 31, 12, 1):
        assert purge(service)["ip"] == 4

        assert is_there(contents(), asked_from) == is_there(contents(), HERE) == []
        assert faults(GRACE) == []


def test_a_clock_that_was_ahead_for_a_while_lets_nobody_be_passed_over(
    service: Flask, people: People, ada: str
) -> None:
    with at(2030, 1, 10):
        purge(service)
    with at(2027, 1, 10):
        purge(service)
        people.subscribe(ada)

    with at(2028, 1, 11):
        assert purge(service)["ip"] == 2


def test_nor_does_one_that_was_behind(service: Flask, people: People, ada: str) -> None:
    with at(2028, 3, 10):
        purge(service)
    with at(2027, 3, 1):
        people.subscribe(ada)

    with at(2028, 3, 11):
        assert purge(service)["ip"] == 2


@pytest.mark.parametrize(
    ("module", "rule", "trace"), [(ip_addresses, "ip", HERE), (leavers, "subscriptions", "augusta")]
)
def test_what_one_step_leaves_over_the_next_ones_do(
    people: People,
    ada: str,
    contents: Callable[[], Contents],
    monkeypatch: pytest.MonkeyPatch,
    *,
    module: ModuleType,
    rule: str,
    trace: str,
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    with at(2027, 1, 1):
        for address in (ada, GRACE):
            people.subscribe(address, first_name="Augusta")
            people.leave(address)

    with at(2028, 6, 1):
        for _ in range(10):
            privacy.RULES[rule]()

    assert is_there(contents(), trace) == []


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
    by_staff = Cause(Channel.STAFF)
    with at(2027, 1, 1):
        people.subscribe(ada, first_name="Augusta")
        people.subscribe(GRACE)
        contact_id = str(proof(ada)[0]["contact"])
        for whose in (contact_id, str(proof(GRACE)[0]["contact"])):
            with transaction() as session:
                subscriptions.bounced_softly(session, subscriptions.locked(session, whose), date(2027, 1, 1), date.min)
    with at(2027, 2, 1):
        privacy.restrict(contact_id, by_staff)
    with at(2029, 1, 1):
        done = purge(service)
        assert (done["ip"], done["bounces"]) == (2, 1)  # Grace's
        assert is_there(contents(), HERE) == ["evidence_values"]

        privacy.lift(contact_id, by_staff)

        done = purge(service)
        assert (done["ip"], done["bounces"]) == (2, 1)
        assert is_there(contents(), HERE) == []


def test_whoever_left_and_is_restricted_keeps_name_and_proof_until_that_is_lifted(
    service: Flask, people: People, ada: str, contents: Callable[[], Contents]
) -> None:
    """A8.5: a claim may need them (Article 18(1)(c) GDPR)."""
    by_staff = Cause(Channel.STAFF)
    with at(2027, 1, 1):
        people.subscribe(ada, first_name="Augusta")
        contact_id = str(proof(ada)[0]["contact"])
        people.leave(ada)
        privacy.restrict(contact_id, by_staff)
    with at(2029, 2, 1):
        done = purge(service)
        assert (done["subscriptions"], done["proof"]) == (0, 0)
        assert is_there(contents(), "augusta") == ["evidence_values", "subscriptions"]

        privacy.lift(contact_id, by_staff)

        assert purge(service)["proof"] == 1
        assert contents()["evidence"] == []
