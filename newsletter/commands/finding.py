"""What a check of `flask doctor` has found: one line."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only the last makes the doctor's exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sentence about one thing."""

    level: Level
    sentence: str


def ok(sentence: str) -> Finding:
    return Finding(level=Level.OK, sentence=sentence)


def warn(sentence: str) -> Finding:
    return Finding(level=Level.WARN, sentence=sentence)


def fail(sentence: str) -> Finding:
    return Finding(level=Level.FAIL, sentence=sentence)
