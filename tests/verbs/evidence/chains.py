"""Persons with a chain of evidence, and hands that tamper with it."""

import sqlalchemy

from newsletter.db import db, transactional

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
