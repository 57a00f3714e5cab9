"""Entities without a session: what is read and written past it is made of values, and told as a row, here."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import Table
from sqlalchemy.orm.attributes import manager_of_class

from newsletter.db import Base

T = TypeVar("T", bound=Base)


def made(model: type[T], values: Mapping[str, Any]) -> T:
    """An entity as a session loads it, which is quicker than setting one attribute after the other."""
    entity: T = manager_of_class(model).new_instance()
    vars(entity).update(values)
    return entity


def row(entity: Base) -> dict[str, Any]:
    """An entity's columns; what was never set is null."""
    known = vars(entity)
    return {name: known.get(name) for name in columns(type(entity))}


@lru_cache
def columns(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in cast(Table, model.__table__).columns)
