"""The database: one session per request, one transaction per verb, or one statement that commits by itself.

PostgreSQL and SQLite are served alike. Nothing outside this module commits.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, cast

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    PoolProxiedConnection,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    bindparam,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from newsletter.config import Settings

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT = 10  # seconds a SQLite writer waits for another
STATEMENT_TIMEOUT = 30_000  # ms; exports set their own
LOCK_TIMEOUT = 10_000  # ms


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on every database. SQLite forgets the zone, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON kept as text in one canonical spelling, so that equal values are equal strings."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


Id = String(24).with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Columns that hold an `ids.new()`: compared by byte, so that their order is that of time."""


CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: the form that is hashed, compared and stored."""
    return CANONICAL.encode(value)


def init_app(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database_url)
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            prepare_sqlite(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """A pool as wide as a web worker has threads, and PostgreSQL told never to wait without end.

    An error never quotes the values of its statement: they are people's, and it may end in a log (D2.2).
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_TIMEOUT}, "hide_parameters": True}
    waits = f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT} -c timezone=UTC"
    return {
        "pool_size": 4,
        "max_overflow": 2,
        "pool_timeout": 5,
        "hide_parameters": True,
        "connect_args": {"options": waits, "connect_timeout": 5, "application_name": "newsletter"},
    }


def prepare_sqlite(engine: Engine) -> None:
    """WAL, full durability, and write transactions that take the lock at once: a check then holds until its insert."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """The extent of one verb: committed at the end of the block, rolled back by any exception."""
    session: Session = db.session()
    session.rollback()
    try:
        session.connection(execution_options={"writes": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.expire_all()


@contextmanager
def reader() -> Iterator[Session]:
    """A session for looking only: each statement stands alone, without the round trips of a transaction."""
    engine = db.engine.execution_options(isolation_level="AUTOCOMMIT") if is_postgresql() else db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A reading connection whose statements all see the same committed state.

    It ends with a commit, because the driver forgets every prepared statement of a connection that was rolled back.
    """
    with db.engine.connect() as connection:
        if is_postgresql():
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.commit()


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def lock(session: Session, name: str) -> None:
    """Make others who lock the same name wait until this transaction ends. SQLite has one writer anyway."""
    if is_postgresql():
        session.execute(LOCK, {"name": name})


def lock_all(session: Session, names: Sequence[str]) -> None:
    """Lock several names, in their order; everybody who locks several sorts them, so nobody waits in a circle."""
    if is_postgresql():
        session.execute(LOCK_ALL, {"names": json.dumps(sorted(names))})


LOCK_ALL = text(
    "SELECT count(pg_advisory_xact_lock(hashtextextended(name, 0))) "
    "FROM json_array_elements_text(CAST(:names AS json)) AS name"
)
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Decides whether a write happens at all.

    `ctes` is for PostgreSQL: common table expressions, the last one named `gate`, which yields one row or none.
    `steps` is the same for SQLite, in the immediate transaction that the write runs in: a row, or None.
    """

    ctes: str
    steps: Callable[[Connection, Mapping[str, Any]], Any | None]


Rows = Mapping[type[Base], Sequence[Mapping[str, Any]]]


def write_at_once(gate: Gate, parameters: Mapping[str, Any], rows: Rows) -> Any | None:
    """Pass the gate and write all rows, durably, or do neither; what the gate yielded, or None.

    On PostgreSQL this is one self-committing statement, so one round trip: the rows travel as JSON, which keeps
    the statement the same whatever their number and lets the server keep its plan. SQLite cannot insert within
    a common table expression and runs the same steps in one immediate transaction. A row that exists is replaced.
    A connection that turns out to be dead is replaced once: what may run twice here must bear it.
    """
    write = write_statement if is_postgresql() else write_steps
    try:
        return write(gate, parameters, rows)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return write(gate, parameters, rows)


def write_statement(gate: Gate, parameters: Mapping[str, Any], rows: Rows) -> Any | None:
    packed = {f"rows_of_{model.__tablename__}": dump_rows(model, values) for model, values in rows.items()}
    statement = at_once(gate.ctes, tuple(rows))
    with driver() as connection:
        return connection.execute(statement, {**parameters, **packed}).fetchone()


Driver = psycopg.Connection[Any]


@contextmanager
def driver() -> Iterator[Driver]:
    """The driver's own connection from the pool, each of whose statements commits by itself.

    SQLAlchemy's way to a statement costs a web worker more than the statement does, so the hottest writes go past
    it. Its pool is used, and its errors are raised, nevertheless.
    """
    dead = False
    try:
        with closing(db.engine.raw_connection()) as pooled:
            connection = cast(Driver, pooled.driver_connection)
            try:
                connection.autocommit = True
                yield connection
            finally:
                dead = connection.closed
                settle(pooled, connection)
    except psycopg.Error as error:
        raise of_sqlalchemy(error, dead=dead) from error


def settle(pooled: PoolProxiedConnection, connection: Driver) -> None:
    """Give the connection back as it was; a dead one is not given back."""
    if connection.closed:
        pooled.invalidate()
    else:
        connection.autocommit = False


def of_sqlalchemy(error: psycopg.Error, *, dead: bool) -> BaseException:
    """The error as SQLAlchemy would have raised it; where the server went away, all connections are taken for dead."""
    if dead:
        db.engine.dispose()
    return DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=dead, dialect=db.engine.dialect)


def write_steps(gate: Gate, parameters: Mapping[str, Any], rows: Rows) -> Any | None:
    with db.engine.execution_options(writes=True).begin() as connection:
        passed = gate.steps(connection, parameters)
        if passed is not None:
            for model, values in rows.items():
                if values:
                    connection.execute(replacing(model), list(values))
        return passed


@lru_cache(maxsize=32)
def at_once(ctes: str, models: tuple[type[Base], ...]) -> str:
    """The whole statement of one gate and the tables behind it, as the driver takes it."""
    inserts = [f"into_{model.__tablename__} AS ({insert_from_json(table_of(model))})" for model in models]
    statement = f"WITH {', '.join([ctes, *inserts])} SELECT * FROM gate"  # noqa: S608 - of our own parts
    return str(text(statement).compile(dialect=db.engine.dialect))


def table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def insert_from_json(table: Table) -> str:
    columns = written(table)
    names = ", ".join(columns)
    values = ", ".join(f"r.{name}" for name in columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM gate, "  # noqa: S608 - our own tables' names
        f"json_populate_recordset(NULL::{table.name}, CAST(:rows_of_{table.name} AS json)) AS r {on_conflict(table)}"
    )


def on_conflict(table: Table) -> str:
    """Replace a row of a table that says it may be replaced; a clash anywhere else is an error, and undoes all."""
    if not table.info.get("replaceable"):
        return ""
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in written(table) if name not in keys)
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def insert_once(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """Insert a row unless another process was faster with the same key."""
    dialect = postgresql if is_postgresql() else sqlite
    session.execute(dialect.insert(model).values(row).on_conflict_do_nothing())


@lru_cache(maxsize=32)
def replacing(model: type[Base]) -> TextClause:
    """The same insert for SQLite, a row at a time."""
    table = table_of(model)
    names = written(table)
    marks = ", ".join(f":{name}" for name in names)
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {on_conflict(table)}"  # noqa: S608
    return text(statement).bindparams(*(bindparam(name, type_=table.c[name].type) for name in names))


def written(table: Table) -> list[str]:
    """The columns that a writer fills; those with a default of the database are left to it."""
    return [
        column.name for column in table.columns if column.server_default is None and column.autoincrement is not True
    ]


def dump_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the server unpacks them: instants in ISO 8601, and documents as the text that their columns hold."""
    documents = documents_of(model)
    packed = [{**row, **{name: canonical(row[name]) for name in documents if row[name] is not None}} for row in rows]
    return PACKER.encode(packed)


@lru_cache
def documents_of(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(model).columns if isinstance(column.type, Json))


def spelled(instant: date) -> str:
    """A day, or an instant."""
    return instant.isoformat()


PACKER = json.JSONEncoder(default=spelled)
