"""Writing everything of one act at once: one statement that commits by itself, or one immediate transaction.

The hottest writes of the service take this way, signing up and confirming and settling a letter; all others are
verbs with a `transaction()`. What a press of the button reads first takes it, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeVar, cast

import orjson
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Select, Table, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from newsletter import engine
from newsletter.columns import KEPT, Json, canonical
from newsletter.db import Base, db, is_postgresql, transactional

T = TypeVar("T")
Driver = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Decides whether a write happens at all.

    `ctes` is for PostgreSQL: common table expressions, one of them named `gate`, which yields one row or none.
    `steps` is the same for SQLite, in the immediate transaction that the write runs in: a row, or None.

    `lock` names the parameter with the name of a lock that `ctes` tries, and does not wait for: a statement sees what
    was committed before it began, so it would not know of what the other has done with the lock.
    """

    ctes: str
    steps: Callable[[Connection, Mapping[str, Any]], Any | None]
    lock: str | None = None


Rows = Mapping[type[Base], Sequence[Mapping[str, Any]]]
Models = frozenset[type[Base]]
NOTHING_REPLACED: Models = frozenset()
LOCK = b"SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
NUMBERING = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
"""Names parameters as the server itself does, `$1`: with names of ours, the driver would read long statements anew."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """As the server takes it, and the names of its parameters in their order."""

    sql: bytes
    names: Sequence[str]

    @classmethod
    def of(cls, made: SQLCompiler) -> Self:
        return cls(sql=str(made).encode(), names=made.positiontup or ())

    def run(self, connection: Driver, parameters: Mapping[str, Any]) -> psycopg.Cursor[Any]:
        return psycopg.RawCursor(connection).execute(self.sql, [parameters[name] for name in self.names])


def write_at_once(
    gate: Gate, parameters: Mapping[str, Any], rows: Rows, replaced: Models = NOTHING_REPLACED
) -> Any | None:
    """Pass the gate and write all rows, durably, or do neither; what the gate yielded, or None.

    On PostgreSQL this is one self-committing statement, so one round trip: the rows travel as JSON, which keeps
    the statement the same whatever their number and lets the server keep its plan. SQLite cannot insert within
    a common table expression and runs the same steps in one immediate transaction. Of the models in `replaced`, a row
    that exists is replaced; a clash anywhere else is an error, and undoes all. A connection that turns out to be dead
    is replaced once: what may run twice here must bear it.
    """
    write = write_statement if is_postgresql() else write_steps
    return on_living(lambda: write(gate, parameters, rows, replaced))


def read_at_once(query: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """The rows of one query that stands alone. `query` is made once: what is known of it is kept by its identity."""
    read = read_statement if is_postgresql() else read_steps
    return on_living(lambda: read(query, parameters))


def on_living(attempt: Callable[[], T]) -> T:
    """Do it, once more where only the connection was dead."""
    try:
        return attempt()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return attempt()


def write_statement(gate: Gate, parameters: Mapping[str, Any], rows: Rows, replaced: Models) -> Any | None:
    packed = {f"rows_of_{model.__tablename__}": dump_rows(model, values) for model, values in rows.items()}
    statement, values = whole(gate.ctes, tuple(rows), replaced), {**parameters, **packed}
    with driver() as connection:
        passed = statement.run(connection, values).fetchone()
        if passed is None and gate.lock:
            with connection.transaction():
                psycopg.RawCursor(connection).execute(LOCK, [parameters[gate.lock]])
                passed = statement.run(connection, values).fetchone()
        return passed


def read_statement(query: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    statement, fixed, converters = compiled(query)
    with driver() as connection:
        rows = statement.run(connection, {**fixed, **parameters}).fetchall()
    return [
        [value if convert is None else convert(value) for convert, value in zip(converters, row, strict=True)]
        for row in rows
    ]


@lru_cache(maxsize=32)
def compiled(query: Select[Any]) -> tuple[Statement, Mapping[str, Any], Sequence[Callable[[Any], Any] | None]]:
    """A query, the parameters that it brings along, and what its values still need."""
    dialect = db.engine.dialect
    converters = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in query.selected_columns
    ]
    made = query.compile(dialect=NUMBERING)
    return Statement.of(made), made.params, converters


@contextmanager
def driver() -> Iterator[Driver]:
    """The driver's own connection from the pool, each of whose statements commits by itself.

    SQLAlchemy's way to a statement costs a web worker more than the statement does, so the hottest writes go past
    it. Its pool is used, and its errors are raised, nevertheless. A connection that is dead, may only read, or was left
    in the middle of a statement, is not used again.
    """
    dead = False
    try:
        with closing(db.engine.raw_connection()) as pooled:
            connection = cast(Driver, pooled.driver_connection)
            try:
                yield connection
            except psycopg.Error as error:
                dead = connection.closed or engine.only_reads(error)
                raise
            finally:
                if dead or connection.pgconn.transaction_status != TransactionStatus.IDLE:
                    pooled.invalidate()
    except psycopg.Error as error:
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, connection_invalidated=dead, dialect=db.engine.dialect
        ) from error


def read_steps(query: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    with db.engine.connect() as connection:
        return connection.execute(query, parameters).all()


def write_steps(gate: Gate, parameters: Mapping[str, Any], rows: Rows, replaced: Models) -> Any | None:
    with db.engine.execution_options(**transactional()).begin() as connection:
        passed = gate.steps(connection, parameters)
        if passed is not None:
            for model, values in rows.items():
                if values:
                    connection.execute(insert_by_row(model, model in replaced), list(values))
        return passed


@lru_cache(maxsize=32)
def whole(ctes: str, models: tuple[type[Base], ...], replaced: Models) -> Statement:
    """The whole statement of one gate and the tables behind it."""
    inserts = [f"into_{model.__tablename__} AS ({insert_from_json(model, model in replaced)})" for model in models]
    statement = text(f"WITH {', '.join([ctes, *inserts])} SELECT * FROM gate")  # noqa: S608 - of our own parts
    return Statement.of(statement.compile(dialect=NUMBERING))


def table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def insert_from_json(model: type[Base], replaces: bool) -> str:
    table, columns = table_of(model), written(table_of(model))
    names = ", ".join(columns)
    values = ", ".join(f"r.{name}" for name in columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM gate, "  # noqa: S608 - our own tables' names
        f"json_populate_recordset(NULL::{table.name}, CAST(:rows_of_{table.name} AS json)) AS r "
        f"{on_conflict(table, replaces)}"
    )


def on_conflict(table: Table, replaces: bool) -> str:
    if not replaces:
        return ""
    keys = [column.name for column in table.primary_key]
    changed = [name for name in written(table) if name not in keys and table.c[name].info != KEPT]
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


@lru_cache(maxsize=32)
def insert_by_row(model: type[Base], replaces: bool) -> TextClause:
    """The same insert for SQLite, a row at a time."""
    table = table_of(model)
    names = written(table)
    marks = ", ".join(f":{name}" for name in names)
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {on_conflict(table, replaces)}"  # noqa: S608
    return text(statement).bindparams(*(bindparam(name, type_=table.c[name].type) for name in names))


def written(table: Table) -> list[str]:
    """The columns that a writer fills; those with a default of the database are left to it."""
    return [
        column.name for column in table.columns if column.server_default is None and column.autoincrement is not True
    ]


def dump_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the server unpacks them: instants in ISO 8601, documents as their columns hold them, no nulls."""
    documents = documents_of(model)
    packed = [
        {name: canonical(value) if name in documents else value for name, value in row.items() if value is not None}
        for row in rows
    ]
    return orjson.dumps(packed).decode()


@lru_cache
def documents_of(model: type[Base]) -> frozenset[str]:
    return frozenset(column.name for column in table_of(model).columns if isinstance(column.type, Json))
