"""Clean databases for tests: PostgreSQL empties one in a twentieth of the time in which it makes and drops one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from tests.servers import Postgres, spell

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
SHAPE = """
    SELECT md5(string_agg(thing, ' ' ORDER BY thing)) FROM (
        SELECT concat_ws(' ', 'relation', oid, relname) AS thing
            FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull, atthasdef, attisdropped)
            FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'constraint', oid, conname, convalidated) FROM pg_constraint
        UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT concat_ws(' ', 'function', oid, proname, prosrc)
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS everything"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
SEQUENCES = """
    SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences"""


@dataclass
class Databases:
    """Lends databases that are as migrations leave them, and empties what it gets back.

    One that is gone, that has another shape than before, or that we may not empty is dropped, and made anew. Each has
    a connection that stays, as a new one reads the schema first, which takes twice as long as all the rest.
    """

    server: Postgres
    template: str
    ready: list[str] = field(default_factory=list)
    connections: dict[str, psycopg.Connection] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with psycopg.connect(plain(self.url_of(self.template))) as connection:
            self.shape = shape(connection)
            self.sequences = connection.execute(SEQUENCES).fetchall()
            names = tables(connection)
            self.deletions = SQL(";").join(SQL("DELETE FROM {}").format(Identifier(table)) for table in names)
            self.rows = {table: rows for table in names if (rows := copied(connection, table))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self.connections.values():
            connection.close()

    def lend(self) -> str:
        """Its SQLAlchemy URL."""
        return self.ready.pop() if self.ready else self.server.create_database(template=self.template)

    def take_back(self, url: str) -> None:
        if self.is_emptied(url):
            self.ready.append(url)
        else:
            self.server.drop_database(str(make_url(url).database))

    def is_emptied(self, url: str) -> bool:
        refusals = (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege)
        with suppress(*refusals):
            connection = self.connection(url)
            with connection.transaction():
                connection.execute(END_OTHERS)
                if shape(connection) == self.shape:
                    self.empty(connection)
                    return True
        return False

    def connection(self, url: str) -> psycopg.Connection:
        if url not in self.connections:
            self.connections[url] = psycopg.connect(plain(url))
        return self.connections[url]

    def empty(self, connection: psycopg.Connection) -> None:
        """Evidence refuses to be deleted, so triggers are off meanwhile."""
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(self.deletions)
        connection.cursor().executemany("SELECT setval(%s::regclass, %s, %s)", self.sequences)
        for table, rows in self.rows.items():
            with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
                copy.write(rows)

    def copy(self, url: str) -> str:
        """The URL of another that holds what this one holds now. Nobody may be connected meanwhile, so nor are we."""
        if url in self.connections:
            self.connections.pop(url).close()
        return self.server.create_database(template=str(make_url(url).database))

    def url_of(self, name: str) -> str:
        return spell(self.server.url.set(drivername="postgresql+psycopg", database=name))


@contextmanager
def only_reading(url: str) -> Iterator[psycopg.Connection]:
    """For whoever connects within the block; who is connected already is sent away."""
    name = Identifier(str(make_url(url).database))
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        try:
            connection.execute(END_OTHERS)
            yield connection
        finally:
            connection.execute(SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def plain(url: str) -> str:
    return spell(make_url(url).set(drivername="postgresql"))


def tables(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES)]


def shape(connection: psycopg.Connection) -> str:
    """Whatever a test could have changed but for rows. A copy has the numbers of what it was copied from."""
    found = connection.execute(SHAPE).fetchone()
    assert found is not None
    return str(found[0])


def copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)
