"""The kinds of values that a parameter or a field of a body may have, each read strictly."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import ValidationError, fields

from newsletter import guard


class Line(fields.String):
    """One line, without characters that cannot be seen."""

    def _validate(self, value: str) -> None:
        if guard.has_invisible(value):
            raise ValidationError(guard.INVISIBLE_SENTENCE)
        super()._validate(value)


class Instant(fields.AwareDateTime):
    """An instant with its offset (RFC 3339, whose T and Z may be small letters).

    A `+` that a client forgot to encode arrives as a blank.
    """

    default_error_messages = dict.fromkeys(
        ("invalid", "invalid_awareness"), "Give an instant with its offset, like 2026-11-23T09:00:00+00:00."
    )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        spelt = str(value).replace(" ", "+").upper()
        try:
            return super()._deserialize(spelt, attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


class Day(fields.Date):
    """A day as RFC 3339 spells it: Python also reads `20261101` and the days of weeks."""

    default_error_messages = {"invalid": "Give a day like 2026-11-23."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        day = super()._deserialize(value, attr, data, **kwargs)
        if value != day.isoformat():
            raise self.make_error("invalid")
        return day


class Number(fields.Integer):
    """A number in a parameter, in plain digits: Python reads others too, and blanks and underlines between them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not (value.isascii() and value.isdecimal()):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Truth(fields.Boolean):
    """JSON's own true and false alone: `"no"` and 0 are no answers to a question about somebody's rights."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value
