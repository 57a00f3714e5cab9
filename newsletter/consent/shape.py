"""The shape of what acts tell, for a record that somebody altered: whoever prints it should not stumble over it."""

from collections.abc import Mapping
from typing import Any

from newsletter.as_it_stands import MOST
from newsletter.consent.texts import as_table

Kind = type[list[Any] | dict[str, Any] | str | int]
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("topics", "offered", "dropped", "declined"), list),
    **dict.fromkeys(("wordings", "displayed", "granted", "consents"), dict),
    **dict.fromkeys(("catalog", "seconds_after_letter", "disputed", "never_again"), int),
}
"""All others are texts; so is whatever a list, or a table by purpose, holds."""


def in_shape(facts: object) -> dict[str, Any]:
    """Without the parts of which somebody made something else than they always are."""
    return {name: value for name, value in as_table(facts).items() if is_in_shape(name, value)}


def is_in_shape(name: str, value: object) -> bool:
    kind = KINDS.get(name, str)
    match value:
        case list():
            return kind is list and all(isinstance(one, str) for one in value)
        case dict():
            return kind is dict and in_shape(value) == value
        case int():
            return kind is int and value <= MOST
        case None:
            return kind in (str, int)
    return isinstance(value, kind)
