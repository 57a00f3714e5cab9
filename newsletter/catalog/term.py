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
        return self.after(at, -1)

    def after(self, at: datetime, times: int = 1) -> datetime:
        if self.unit is Unit.MONTHS:
            return clock.months_after(at, times * self.number)
        return at + times * timedelta(**{self.unit.value: self.number})

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number > 1 else self.unit.removesuffix('s')}"


def days(number: int) -> Term:
    return Term(number=number, unit=Unit.DAYS)


def months(number: int) -> Term:
    return Term(number=number, unit=Unit.MONTHS)
