"""The whole list as a stream, in constant memory: count, position and rows from one snapshot.

The snapshot is a reading transaction. It has no number among the writing ones, so readers of the changes do not
wait for it, however slowly its client reads.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol, cast

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from sqlalchemy import Connection, Select, SQLColumnExpression, select

from newsletter import changes
from newsletter.changes import Cursor
from newsletter.db import snapshot
from newsletter.feed.selection import Selection
from newsletter.subscriptions import Completion, Subscription

BLOCK = 64 * 1024  # bytes; what leaves at once
ROWS = 64  # fetched at once, about a block
IN_ORDER = 10_000
"""Contacts that come oldest first, as somebody looks through them. To read more in that order from all over the table
would be half again of the server's work."""

Blocks = Generator[bytes, None, None]


class Form(Protocol):
    """What the client asked for."""

    @property
    def wanted(self) -> SQLColumnExpression[str]:
        """What is read of each contact: its document, or what else was made of it."""

    def blocks(self, stored: Iterable[bytes], count: int) -> Blocks:
        """What leaves, made of blocks of whole lines of that, and of their number."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A stream that has begun. Its blocks hold a connection until they are read to the end, or closed."""

    count: int
    began: Cursor
    blocks: Blocks


@dataclass(kw_only=True)
class Head:
    """What is known of a stream before its first block."""

    count: int = 0
    began: Cursor = field(default_factory=Cursor)


def export(selection: Selection, form: Form) -> Export:
    """Begin to stream. Whoever calls this closes the blocks, however many were read."""
    head = Head()
    blocks = stream(head, selection, form)
    next(blocks)
    return Export(count=head.count, began=head.began, blocks=blocks)


def stream(head: Head, selection: Selection, form: Form) -> Blocks:
    """An empty block once the snapshot is taken, then the stream.

    All that must be let go of is held by this one frame, innermost last. So even a stream that is only forgotten
    lets go in the right order: rows before their connection, which would wait for them for ever.
    """
    completion, wanted = Completion.now(), select(form.wanted).where(*selection.conditions())
    with snapshot() as connection:
        take_time(connection)
        head.began, head.count = changes.latest(connection, selection.newsletter), selection.count(connection)
        yield b""
        if head.count <= IN_ORDER:
            wanted = wanted.order_by(Subscription.id)
        with closing(documents(connection, wanted)) as stored:
            yield from form.blocks(map(completion.block, stored), head.count)


def take_time(connection: Connection) -> None:
    """A client decides how long its stream takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def documents(connection: Connection, wanted: Select[str]) -> Blocks:
    """Blocks of whole lines, a document each, large enough that sending one costs little."""
    read = streamed if connection.dialect.name == "postgresql" else fetched
    with closing(read(connection, wanted)) as rows:
        yield from gathered(rows)


def gathered(rows: Iterable[bytes]) -> Blocks:
    block: list[bytes] = []
    size = 0
    for row in rows:
        block.append(row)
        size += len(row)
        if size >= BLOCK:
            yield ended(block)
            block, size = [], 0
    yield ended(block)


def ended(rows: Sequence[bytes]) -> bytes:
    return b"\n".join([*rows, b""])


class AsSent(Loader):
    """A text column in the bytes it came in, which are those it leaves in: nothing is decoded on the way."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def streamed(connection: Connection, wanted: Select[str]) -> Blocks:
    """From the driver itself, some rows at a time: half the server's work of COPY, which looks at every character."""
    query = wanted.compile(connection)
    driver = cast(psycopg.Connection[tuple[bytes]], connection.connection.driver_connection)
    with driver.cursor() as cursor:
        for kind in ("varchar", "text"):
            cursor.adapters.register_loader(kind, AsSent)
        found = cursor.stream(str(query).encode(), query.params, size=ROWS)
        with closing(cast(Generator[tuple[bytes], None, None], found)) as rows:
            for (document,) in rows:
                yield document


def fetched(connection: Connection, wanted: Select[str]) -> Blocks:
    """The same from SQLite."""
    for document in connection.execution_options(yield_per=ROWS).execute(wanted).scalars():
        yield document.encode()
