"""Runs the migrations: one at a time over all processes, and never behind a lock that others wait for.

A restored database is upgraded before anybody writes to it, so its feed's positions are lifted here, too.
"""

import sys

from alembic import context
from flask import current_app
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from newsletter import changes
from newsletter.commands.refusing import as_sentences
from newsletter.db import transactional

LOCK = 7_401_112_026
"""An advisory lock's number, this service's own: two deployments at once take turns."""
LOCK_TIMEOUT = "5s"
HELD_UP = (
    f"Somebody, perhaps a backup, holds a table that the next step needs, so it gave up after {LOCK_TIMEOUT}. What was "
    "done before it stays: run `flask db upgrade` again."
)
HOLD_EVERY_NAME = ("UTF8", "SQL_ASCII")
"""The encodings of a database in which any text fits: as such, or as the bytes that it is made of."""


def run() -> None:
    migrate = current_app.extensions["migrate"]
    with migrate.db.engine.execution_options(**transactional()).connect() as connection:
        if connection.dialect.name == "postgresql":
            refuse_narrow(connection)
            take_turn(connection)
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            transaction_per_migration=True,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            take_steps()
        is_as_the_code = context.get_context().get_current_heads() == (context.get_head_revision(),)
    if is_as_the_code:
        changes.realign()


def take_steps() -> None:
    try:
        context.run_migrations()
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        sys.exit(HELD_UP)


def refuse_narrow(connection: Connection) -> None:
    """Before anything is in it: no later than here can it be made anew at no cost."""
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding not in HOLD_EVERY_NAME:
        sys.exit(
            f"The database's encoding {encoding} cannot hold every name: "
            "make it with `createdb --encoding=UTF8 --template=template0`."
        )


def take_turn(connection: Connection) -> None:
    """The lock belongs to the session, so it ends with it."""
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()


with as_sentences():
    run()
