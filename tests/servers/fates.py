"""What a relay may say or do instead of taking a letter, and a letter that it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from functools import cached_property


class Fate(Enum):
    HANG = auto()  # say nothing, for as long as the client waits
    PONDER = auto()  # say yes after half a second
    BABBLE = auto()  # begin an answer that never ends
    DROP = auto()  # cut the connection


@dataclass
class Answer:
    """What to say to a verb instead of yes: always or so many times, to all or for one recipient."""

    verb: str
    reply: str | Fate
    to: str | None
    times: float

    def fits(self, verb: str, recipients: Sequence[str]) -> bool:
        return self.times > 0 and self.verb == verb and (self.to is None or self.to in recipients)


@dataclass(frozen=True, kw_only=True)
class Letter:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    secure: bool  # came through TLS
    user: str | None  # whom the client logged in as

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)
