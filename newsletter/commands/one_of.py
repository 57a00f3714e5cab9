"""Options that take one of an enum's values."""

from enum import StrEnum
from typing import TypeVar

import click

E = TypeVar("E", bound=StrEnum)


class OneOf(click.Choice[E]):
    """As it is spelt everywhere else: click itself would ask for the names of its members."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        return str(choice)
