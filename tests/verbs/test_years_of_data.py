"""What is done every day does not look through what was kept in all the years before (SQLite tells how it would)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from newsletter.commands.rules import forget
from tests.people import People, later, post
from tests.statements import asked, plan_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEPT_FOR_LONG = ("evidence", "evidence_values", "changes", "counts", "post_hits", "subscribers", "subscriptions")
NAMES = ("ada", "grace", "hedy", "katherine")


@pytest.fixture
def readers(client: FlaskClient, people: People) -> list[str]:
    """Two of them subscribe each day."""
    addresses = [f"{name}@example.org" for name in NAMES]
    people.subscribe(*addresses[:2], first_name="Augusta")
    with later(days=1):
        people.subscribe(*addresses[2:], first_name="Augusta")
    client.get("/metrics")
    return addresses


def test_to_forget_what_is_past_its_term_is_no_matter_of_how_much_else_there_is(
    people: People, readers: list[str]
) -> None:
    with later(days=2):
        for address in readers:
            people.leave(address)
    with asked() as statements, later(days=4):
        forget()
    with asked() as shortened, later(days=400):
        forget()

    assert looked_through(statements) == []
    assert looked_through(shortened) == []


def test_nor_is_to_erase_somebody(people: People, readers: list[str]) -> None:
    with later(days=2):
        link = people.fresh_link(readers[0])
        with asked() as statements:
            assert post(people, f"{link}/erase", "erase").status_code == 200

    assert [one for one in statements if "UPDATE evidence_values" in one[0]]
    assert looked_through(statements) == []


def looked_through(statements: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Which tables are read from end to end, and by what."""
    found = []
    for statement, values in statements:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE", "WITH"):
            plan = plan_of(statement, values).splitlines()
            scanned = {step.split()[1] for step in plan if step.startswith("SCAN")}
            found += [(table, statement) for table in scanned & set(KEPT_FOR_LONG)]
    return found
