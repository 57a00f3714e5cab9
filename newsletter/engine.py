"""How each kind of database is spoken to: its pool, its time-outs, what a connection says first, how it fails."""

import select
import sqlite3
from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DisconnectionError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT = 10  # seconds a SQLite writer waits for another
HABITS = (
    "SET statement_timeout = '30s';"  # exports set their own
    "SET lock_timeout = '10s';"
    "SET idle_in_transaction_session_timeout = '20s';"  # that a transaction may stand still; exports set their own
    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout';"  # 17 and newer know it
    "SET timezone = 'UTC';"
    "SET datestyle = 'ISO';"
    "SET default_transaction_isolation = 'read committed'"
)
"""What PostgreSQL is told of each connection: never to wait without end, and how to speak."""
PRIMARY_CODE = 0xFF  # the bits of a code of SQLite's that say what it is about, without the details
SILENCE = 15  # seconds without a sign of life after which the database's machine counts as gone
OUTAGES = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What a database raises that is gone, or not there in time. InternalError is what PostgreSQL ends a transaction with
that stood still too long, as of a process that stalled, or that writes where it may only read."""


def options(url: str) -> dict[str, Any]:
    """A pool as wide as a web worker has threads, and no waiting without end.

    Not even for a machine that is suddenly gone: its locks, and what the feed waits for, end with its transaction. Nor
    do we wait for PostgreSQL's, which TCP by itself would for a quarter of an hour, while another has long taken over.

    Its connections commit each statement by itself but in a `transaction()` or a `snapshot()`: most of what a request
    does is one statement, and is spared the round trips of a transaction.

    An error never quotes the values of its statement: they are people's, and it may end in a log (D2.2).
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_TIMEOUT}, "hide_parameters": True}
    return {
        "isolation_level": "AUTOCOMMIT",
        "skip_autocommit_rollback": True,
        "pool_size": 4,
        "max_overflow": 2,
        "pool_timeout": 5,
        "hide_parameters": True,
        "connect_args": {
            "client_encoding": "UTF8",  # a server made without a locale speaks in bytes unless asked for text
            "connect_timeout": 5,
            "keepalives_idle": SILENCE // 3,
            "keepalives_interval": SILENCE // 3,
            "keepalives_count": 2,
            "tcp_user_timeout": SILENCE * 1000,
            "application_name": "newsletter",
        },
    }


def drop_what_only_reads(engine: Engine) -> None:
    """Use no connection again that may only read, nor those beside it: the next one may do more."""

    @event.listens_for(engine, "handle_error")
    def on_error(context: ExceptionContext) -> None:
        if only_reads(context.original_exception):
            context.is_disconnect = True


def only_reads(error: BaseException) -> bool:
    """Whether its connection will never write, whatever becomes of the database.

    A connection stays for good as it began: before a full PostgreSQL was let write again, to a server that stands by,
    to a file of SQLite that was somebody else's.
    """
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE == sqlite3.SQLITE_READONLY
    return isinstance(error, ReadOnlySqlTransaction)


def said_of_outage(error: BaseException) -> str | None:
    """Words for there being no connection to PostgreSQL to be had, one that was hung up, or one that only reads; None
    for all else.

    Where a worker was when it missed its database says nothing, and would fill a disk: it looks every second.
    """
    cause = getattr(error, "orig", None)
    is_one = isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None
    return words_of(error) if is_one or isinstance(cause, ReadOnlySqlTransaction) else None


def words_of(error: BaseException) -> str:
    """The database driver's own words, without the statement that SQLAlchemy adds; their first line."""
    words, _, _ = str(getattr(error, "orig", None) or error).strip().partition("\n")
    return words


def prepare_sqlite(engine: Engine) -> None:
    """WAL, full durability, and write transactions that take the lock at once: a check then holds until its insert."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_TIMEOUT * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare_postgresql(engine: Engine) -> None:
    """A connection that its server has closed is replaced as it leaves the pool, and nobody is told of an outage that
    is over. A look at the socket costs no round trip: while it is idle, the server has nothing to say but farewell.

    Habits are told by a statement, because poolers refuse, or drop unread, what is told while connecting.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.execute(HABITS)

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
        if connection.closed or has_something_to_say(connection.fileno()):
            raise DisconnectionError

    @event.listens_for(engine, "checkin")
    def on_checkin(connection: psycopg.Connection[Any] | None, record: ConnectionPoolEntry) -> None:
        if connection and not connection.closed and is_for_reading(connection):
            record.invalidate()


def is_for_reading(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said that it takes no writes, which it does as a connection begins, and by itself later.

    Such a connection is dropped as it comes back to the pool, and none is ever in the pool for the one who writes next.
    """
    said = connection.pgconn.parameter_status
    return b"on" in (said(b"default_transaction_read_only"), said(b"in_hot_standby"))


def has_something_to_say(socket: int) -> bool:
    looking = select.poll()
    looking.register(socket, select.POLLIN)
    return bool(looking.poll(0))
