"""The floor's tables and engine, on PostgreSQL and SQLite. No foreign keys: the least work."""

from typing import Any

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
    text,
)

DATABASE = "FLOOR_DATABASE_URL"
"""Names the setting that the floor reads."""
tokens = URLSafeTimedSerializer("the floor's secret", salt="confirm")

metadata = MetaData()
SERIAL = BigInteger().with_variant(Integer, "sqlite")
UNSENT = text("sent_at IS NULL")


def moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


subscriber = Table(
    "subscriber",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False, server_default="pending"),
    moment("created_at"),
)
consent_event = Table(
    "consent_event",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    moment("created_at"),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
)
Index("outbox_unsent", outbox.c.id, postgresql_where=UNSENT, sqlite_where=UNSENT)

FILL = text(
    "INSERT INTO subscriber (email, status) WITH RECURSIVE people(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM people WHERE n < :people) "
    "SELECT 'user' || n || '@example.org', CAST(:status AS text) FROM people"
)


def make_engine(url: str) -> Engine:
    """As many connections as a worker has threads; SQLite as durable as PostgreSQL is by itself."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=4, max_overflow=0)
    engine = create_engine(url, pool_size=4, max_overflow=0, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def set_up(url: str, people: int = 0, status: str = "pending") -> None:
    """Its tables, with people in them."""
    engine = make_engine(url)
    metadata.create_all(engine)
    if people:
        with engine.begin() as connection:
            connection.execute(FILL, {"people": people, "status": status})
    engine.dispose()
