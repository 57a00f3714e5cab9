"""What a column may hold, the same on PostgreSQL and on SQLite."""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.dialects import postgresql


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
        return None if value is None else orjson.loads(value)


Id = String(24).with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Columns that hold an `ids.new()`: compared by byte, so that their order is that of time."""

KEPT = {"kept": True}
"""Marks a column that stays as it is in a row that is replaced: it is written by others alone, and without a record."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: the form that is hashed, compared and stored."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
