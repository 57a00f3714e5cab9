"""Runs the migrations: one at a time over all processes, and never behind a lock that others wait for."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from newsletter.db import transactional

LOCK = 7_401_112_026
"""An advisory lock's number, this service's own: two deployments at once take turns."""
LOCK_TIMEOUT = "5s"


def run() -> None:
    migrate = current_app.extensions["migrate"]
    with migrate.db.engine.execution_options(**transactional()).connect() as connection:
        if connection.dialect.name == "postgresql":
            take_turn(connection)
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            transaction_per_migration=True,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


def take_turn(connection: Connection) -> None:
    """The lock belongs to the session, so it ends with it."""
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SET statement_timeout = 0"))
    connection.commit()


run()
