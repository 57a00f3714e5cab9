"""What the relay said, and to which step of a delivery."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """How far a delivery got."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the relay said, and to which step. Code 0: it said nothing before the connection broke or was cut."""

    step: Step
    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.step is Step.DATA and 200 <= self.code < 300


def readable(text: bytes | str) -> str:
    """What fits into evidence. PostgreSQL keeps no text with a zero octet in it."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return said.replace("\0", "\ufffd")[:500]
