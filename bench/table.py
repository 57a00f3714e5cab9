"""What was measured, as a table."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEAD = ("measured", "floor", "service", "figure", "bar", "verdict")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure, and whether it is as good as it has to be. `bar` is None where there is none."""

    measured: str
    floor: str
    service: str
    figure: float
    unit: str = ""
    bar: float | None = None
    at_least: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        bar = f"{sign} {self.bar:g}{self.unit}" if self.bar is not None else ""
        return (self.measured, self.floor, self.service, f"{self.figure:.2f}{self.unit}", bar, self.verdict)

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return "reported"
        held = self.figure >= self.bar if self.at_least else self.figure <= self.bar
        return "held" if held else "MISSED"


def table(rows: Iterable[Row]) -> str:
    """Markdown, aligned for reading as it is."""
    cells = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEAD))]
    lines = [line(row, widths) for row in cells]
    return "\n".join([lines[0], line(["-" * width for width in widths], widths), *lines[1:]])


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def ratio_of_rounds(measured: str, floors: Sequence[float], services: Sequence[float], bar: float | None) -> Row:
    """The median of the rounds' ratios: both sides of a round met the same machine."""
    ratios = [service / floor for floor, service in zip(floors, services, strict=True)]
    return Row(
        measured=measured, floor=spread(floors), service=spread(services), figure=statistics.median(ratios), bar=bar
    )


def ratio(measured: str, floor: float, service: float, bar: float | None) -> Row:
    """How much more the service takes."""
    return Row(
        measured=measured,
        floor=f"{floor:.1f}",
        service=f"{service:.1f}",
        figure=service / floor,
        bar=bar,
        at_least=False,
    )


def spread(values: Sequence[float]) -> str:
    """The median, and between which others it lies."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"
