"""How long something is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter import clock


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, kw_only=True)
class Term:
    """How long something is kept: a number of hours, days or calendar months."""

    number: int
    unit: Unit

    def before(self, at: datetime) -> datetime:
        """Whatever began at this instant or earlier has passed its term."""
        return clock.months_after(at, -self.number) if self.unit is Unit.MONTHS else at - self.length

    def after(self, at: datetime) -> datetime:
        """When the term of what begins at this instant is over: as soon as `before` says so, and not earlier."""
        return clock.end_of_months(at, self.number) if self.unit is Unit.MONTHS else at + self.length

    @property
    def length(self) -> timedelta:
        """Of a term that is no number of months."""
        return timedelta(**{self.unit.value: self.number})

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number > 1 else self.unit.removesuffix('s')}"


def days(number: int) -> Term:
    return Term(number=number, unit=Unit.DAYS)


def months(number: int) -> Term:
    return Term(number=number, unit=Unit.MONTHS)
