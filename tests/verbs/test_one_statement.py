"""Statements that commit by themselves, on the driver's own connection."""

import pytest
from sqlalchemy.exc import DBAPIError

from newsletter.db import transaction
from newsletter.one_statement import driver
from tests.servers import Postgres

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def database_url(server: Postgres, migrated_postgresql: str) -> str:
    """PostgreSQL alone: SQLite writes in transactions."""
    return server.create_database(template=migrated_postgresql)


def backend() -> int:
    with driver() as connection:
        return connection.info.backend_pid


def test_a_connection_left_in_the_middle_of_a_statement_is_not_given_back() -> None:
    with pytest.raises(KeyError), driver() as connection:
        left = connection.info.backend_pid
        connection.pgconn.send_query(b"SELECT pg_sleep(5)")
        raise KeyError

    assert backend() != left


def test_a_connection_whose_statement_failed_is_given_back() -> None:
    with pytest.raises(DBAPIError), driver() as connection:
        left = connection.info.backend_pid
        connection.execute("SELECT 1 / 0")

    assert backend() == left


def test_no_connection_waits_for_a_machine_that_is_gone() -> None:
    """TCP by itself waits for a quarter of an hour. What these bring about shows only where packets get lost."""
    with driver() as connection:
        told = connection.info.get_parameters()

    assert 0 < int(told["tcp_user_timeout"]) <= 20_000
    assert int(told["keepalives_idle"]) + int(told["keepalives_interval"]) * int(told["keepalives_count"]) <= 20


def test_a_connection_that_ran_a_transaction_commits_by_itself_again() -> None:
    with transaction() as session:
        assert session.connection().connection.driver_connection.autocommit is False  # type: ignore[union-attr]

    with driver() as connection:
        assert connection.autocommit
