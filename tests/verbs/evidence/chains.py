"""A person's chain of evidence, and what is found when it is verified."""

from typing import Any

import sqlalchemy

from newsletter import consent, subscriptions
from newsletter.db import db, reader, transactional
from newsletter.subscriptions import Subscriber

ADA, GRACE = "ada@example.org", "grace@example.com"
TABLES = ("evidence", "evidence_values")


def execute(*statements: str) -> None:
    """Plain SQL, as somebody with the database's password would send it, in one transaction."""
    with db.engine.execution_options(**transactional()).begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


def tamper(*statements: str) -> None:
    """The same by somebody who knows of the door for retention, which no trigger keeps shut."""
    execute("INSERT INTO forgetting (rule) VALUES ('none')", *statements, "DELETE FROM forgetting")


def subscriber_id(address: str = ADA) -> str:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return found.id


def faults(address: str = ADA) -> list[str]:
    with reader() as session:
        return [fault.sentence for fault in subscriptions.verify(session, subscriber_id(address))]


def proof(address: str = ADA) -> list[dict[str, Any]]:
    with reader() as session:
        return consent.proof(session, subscriber_id(address))


def acts(address: str = ADA) -> list[str]:
    return [record["act"] for record in proof(address)]
