"""What the database is asked meanwhile: for promises about how often, or by which way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from newsletter.db import db


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Each statement with its values, as the driver gets it."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        found.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def plan_of(statement: str, values: Any) -> str:
    """How SQLite would go about it, a line a step. Of what is done with many rows, one stands for all."""
    with db.engine.connect() as connection:
        one = values[0] if isinstance(values, list) else values
        return "\n".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one))
