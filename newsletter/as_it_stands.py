"""Columns that are read whatever somebody has made of them: who looks for what was altered must not stumble over it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Integer, String, TypeDecorator, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from newsletter.columns import Instant, Json
from newsletter.db import Base


class JsonAsItStands(Json):
    """JSON; what somebody altered so that it is none any more is read as text, so that its record is not lost."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return super().process_result_value(value, dialect)
        except ValueError:
            return str(value)


class InstantAsItStands(TypeDecorator[Any]):
    """The same for what is no instant any more, which SQLite can hold: it is read as one that cannot be ours."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
            return Instant().process_result_value(found, dialect)
        except (AttributeError, ValueError):
            return NEVER


class NumberAsItStands(TypeDecorator[Any]):
    """The same for numbers."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or isinstance(value, int) else MOST


class TextAsItStands(TypeDecorator[Any]):
    """The same for texts: bytes are spelt out."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return str(value) if isinstance(value, bytes) else value


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MOST = 2**63 - 1  # above all that either database counts
KINDS = {Json: JsonAsItStands, Instant: InstantAsItStands, Integer: NumberAsItStands, String: TextAsItStands}


def as_they_stand(model: type[Base]) -> list[ColumnElement[Any]]:
    return [as_it_stands(column) for column in model.__table__.c]


def as_it_stands(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    kind = next(kind for known, kind in KINDS.items() if isinstance(column.type, known))
    return type_coerce(column, kind).label(str(column.key))
