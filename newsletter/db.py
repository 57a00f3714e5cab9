"""The database: one session per request, one transaction per verb, or one statement that commits by itself.

PostgreSQL and SQLite are served alike. Nothing outside this module commits.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Self, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ColumnElement, Connection, MetaData, Text, and_, any_, literal, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column

from newsletter import engine
from newsletter.columns import canonical
from newsletter.config import Settings

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class OneRow(Base):
    """A table of one row, which is there from its migration on."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    @classmethod
    def now(cls) -> Self:
        """The row as it stands, free of any session."""
        with reader() as session:
            return cls.the_one(session)

    @classmethod
    def the_one(cls, session: Session) -> Self:
        return session.get_one(cls, 1)

    @classmethod
    def locked(cls, session: Session) -> Self:
        """The row, for a decision."""
        return session.get_one(cls, 1, with_for_update=True, populate_existing=True)


Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Entity = TypeVar("Entity", bound=Base)
db = SQLAlchemy(model_class=Base, session_options={"execution_options": {"synchronize_session": False}})
"""What one statement changes in many rows is not looked for among the objects that a session has loaded."""


def init_app(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(settings.database_url)
    db.init_app(app)
    with app.app_context():
        engine.drop_what_only_reads(db.engine)
        prepare = engine.prepare_postgresql if is_postgresql() else engine.prepare_sqlite
        prepare(db.engine)


@contextmanager
def transaction() -> Iterator[Session]:
    """The extent of one verb: committed at the end of the block, rolled back by any exception."""
    session: Session = db.session()
    try:
        begin(session)
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.expire_all()


def begin(session: Session) -> None:
    """Begin, or begin anew while nothing is written yet: without the locks of before, and what was loaded is stale."""
    session.rollback()
    session.connection(execution_options=transactional())


def transactional() -> Mapping[str, Any]:
    """A connection's options in which what it writes is committed together."""
    return {"isolation_level": "READ COMMITTED"} if is_postgresql() else {"writes": True}


@contextmanager
def reader() -> Iterator[Session]:
    """A session for looking only: each statement stands alone."""
    with Session(db.engine, expire_on_commit=False) as session:
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


@contextmanager
def moment() -> Iterator[Session]:
    """A session for looking only, all of whose statements see the database as it is at one moment.

    For what is compared, like evidence with what it is of: whoever acts between two looks would make it seem forged.
    """
    with snapshot() as connection, Session(connection, expire_on_commit=False) as session:
        yield session
        session.commit()


def wipe_log() -> int:
    """SQLite's log shows what was deleted until that is written over: empty it, unless somebody is at work (A4.3).

    Nobody waits for this: whoever comes to it later does it then.
    """
    if not is_postgresql():
        with closing(db.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA busy_timeout=0")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                cursor.execute(f"PRAGMA busy_timeout={engine.BUSY_TIMEOUT * 1000}")
    return 0


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def lock(session: Session, name: str) -> None:
    """Make others who lock the same name wait until this transaction ends. SQLite has one writer anyway."""
    lock_all(session, [name])


def lock_all(session: Session, names: Sequence[str]) -> None:
    """Lock several names, in their order; everybody who locks several sorts them, so nobody waits in a circle."""
    if is_postgresql():
        session.execute(LOCK_ALL, {"names": canonical(sorted(names))})


def among(column: Column, values: Iterable[str]) -> ColumnElement[bool]:
    """`IN` for a batch: PostgreSQL takes it as one array, and the driver need not read a statement as long as it."""
    if is_postgresql():
        return column == any_(literal(list(values), postgresql.ARRAY(Text)))
    return column.in_(list(values))


def among_rows(columns: Sequence[Column], rows: Collection[Sequence[Any]]) -> ColumnElement[bool]:
    """`IN` for several columns: for the first one alone SQLite uses an index, and not for rows."""
    return and_(columns[0].in_({row[0] for row in rows}), tuple_(*columns).in_(rows))


LOCK_ALL = text(
    "SELECT count(pg_advisory_xact_lock(hashtextextended(name, 0))) "
    "FROM json_array_elements_text(CAST(:names AS json)) AS name"
)


def insert(model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what becomes of a conflict, which each database has a dialect for."""
    return postgresql.insert(model) if is_postgresql() else sqlite.insert(model)


def insert_once(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """Insert a row unless another process was faster with the same key."""
    session.execute(insert(model).values(row).on_conflict_do_nothing())


def detached(session: Session, entity: Entity) -> Entity:
    """For the caller to read after the transaction is over."""
    session.flush()
    session.expunge(entity)
    return entity
