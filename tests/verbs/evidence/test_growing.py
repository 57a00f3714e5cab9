"""Evidence only grows: the database refuses everything else (PRODUCT 4.8; A2)."""

from collections.abc import Callable

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from newsletter import privacy, signups
from newsletter.db import db, is_postgresql
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.kept import acts, faults, proof
from tests.people import Inbox, People, later
from tests.tools import contact_of
from tests.verbs.evidence.chains import ADA, GRACE, TABLES, execute, tamper


def test_every_act_is_a_record_and_the_chain_holds(ada: str) -> None:
    both = ["signed_up", "letter_sent", "confirmed"]

    assert acts() == [*both, *both, "unsubscribed"]
    assert faults() == []


def test_the_proof_tells_who_what_when_from_where_and_which_words(ada: str, people: People) -> None:
    asked, letter, confirmed = proof()[:3]
    wordings = people.wordings()

    assert asked["values"]["typed"] == asked["values"]["address"] == ADA
    assert asked["values"]["ip"] == confirmed["values"]["ip"] == "192.0.2.77"
    assert asked["values"]["ip_network"] == "192.0.2.0/24"
    assert asked["values"]["fields"] == '{"first_name":"Augusta"}'
    assert asked["facts"]["wordings"] == wordings == confirmed["facts"]["granted"]
    assert asked["facts"]["language"] == "en"
    assert asked["facts"]["privacy_version"] == "2026-11"
    assert letter["values"]["reply"] == "250 2.0.0 Taken"
    assert confirmed["facts"]["method"] == "button"
    assert confirmed["facts"]["seconds_after_letter"] >= 0
    assert confirmed["facts"]["displayed"]["wordings"] == wordings
    for record in (asked, letter, confirmed):
        assert record["at"].endswith("+00:00")
        assert "T" in record["at"]


def test_the_page_is_on_record_by_a_name_that_covers_all_that_it_displayed(people: People) -> None:
    """PRODUCT 4.4"""
    wishes: list[dict[str, object]] = [
        {},
        {"topic": "events"},
        {"tracking": True},
        {"first_name": "Augusta"},
        {"language": "da"},
        {},
    ]
    for wish in wishes:
        people.subscribe(ADA, **wish)
        people.leave(ADA)

    pages = [record["facts"]["displayed"]["page"] for record in proof() if record["act"] == "confirmed"]
    assert pages[0] == pages[-1]
    assert len(set(pages)) == len(wishes) - 1


def test_each_newsletter_that_somebody_left_and_then_disputes_is_on_record_as_that_once(
    people: People, inbox: Inbox
) -> None:
    """PRODUCT 4.4"""
    refusals = []
    for slug in ("nyhedsbrev", "webshop"):
        people.subscribe(ADA, slug=slug)
        refusals.append(inbox.link(ADA, "cancel"))
    signups.leave_all(contact_of(ADA)["id"], Cause(Channel.STAFF))

    for refusal in refusals * 2:
        people.press(refusal, "cancel")

    disputed = [record["newsletter"] for record in proof() if record["act"] == "cancelled"]
    assert disputed == ["nyhedsbrev", "webshop"]


def test_nothing_in_the_chain_itself_names_a_person(ada: str, contents: Callable[[], Contents]) -> None:
    records = str(contents()["evidence"]).lower()

    for trace in ("ada@", "augusta", "192.0.2"):
        assert trace not in records


def test_the_evidence_of_a_signup_that_nobody_confirmed_dies_with_it(
    people: People, inbox: Inbox, contents: Callable[[], Contents]
) -> None:
    people.ask(ADA)
    inbox.work()
    assert contents()["evidence"] == []

    with later(days=7, seconds=1):
        signups.expire(privacy.BATCH)

    after = contents()
    assert after["evidence"] == after["evidence_values"] == after["letters"] == []


def test_one_persons_chain_is_not_anothers(ada: str, people: People) -> None:
    people.subscribe(GRACE)

    assert acts(GRACE) == ["signed_up", "letter_sent", "confirmed"]
    assert faults(GRACE) == []


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_change_or_delete(ada: str, contents: Callable[[], Contents], table: str) -> None:
    """A2.8"""
    before = contents()
    columns = sqlalchemy.inspect(db.engine).get_columns(table)
    statements = [f"DELETE FROM {table}", f"DELETE FROM {table} WHERE seq = 1"]  # noqa: S608 - a test's own tables
    statements += [f"UPDATE {table} SET {column['name']} = {column['name']}" for column in columns]  # noqa: S608
    names = ", ".join(column["name"] for column in columns)
    keys = "subscriber_id, seq" + (", field" if table == "evidence_values" else "")
    statements.append(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE seq = 1 "  # noqa: S608
        f"ON CONFLICT ({keys}) DO UPDATE SET seq = 99"
    )
    if is_postgresql():
        statements += [f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE", f"TRUNCATE subscribers, {table} CASCADE"]
    else:
        statements += [
            f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table} WHERE seq = 1",  # noqa: S608
            f"REPLACE INTO {table} ({names}) SELECT {names} FROM {table}",  # noqa: S608
        ]

    for statement in statements:
        with pytest.raises(DBAPIError):
            execute(statement)

    assert contents() == before
    assert faults() == []


def test_the_door_for_retention_shuts_behind_each_transaction(ada: str) -> None:
    tamper("UPDATE evidence_values SET value = value")

    with pytest.raises(DBAPIError):
        execute("UPDATE evidence_values SET value = value")
