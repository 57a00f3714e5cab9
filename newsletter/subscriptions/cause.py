"""What an act came of, as evidence tells it: through which door, from where, and in whose words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from newsletter.consent import Visit


class Channel(StrEnum):
    """By which door somebody came, stamped by the service and never by who came (A6.2)."""

    ONE_CLICK = "one_click"
    PAGE = "page"
    ME = "me"  # the person's own page, by fresh link
    MANAGE = "manage"  # a link that lives long
    API = "api"
    STAFF = "staff"
    MAIL = "mail"
    NOT_ME = "not_me"
    SUPPRESSION = "suppression"
    REPORT = "report"  # the marketing tool
    RETENTION = "retention"
    JOURNAL = "journal"  # done again after a restore


@dataclass(frozen=True)
class Cause:
    """`note` is erasable, like `{"reason": ..., "actor": ...}`.

    `first` is when something was done of which we are told late, or which is done again after a restore: whatever was
    asked for since stays. And `was_dispute`, that it was a dispute then.
    """

    channel: Channel
    visit: Visit = Visit(ip=None)
    note: Mapping[str, str] = field(default_factory=dict)
    was_dispute: bool = False
    first: datetime | None = None

    @property
    def values(self) -> dict[str, str | None]:
        """What of it can be erased again."""
        return {**self.visit.values, **self.note}

    @property
    def is_dispute(self) -> bool:
        return self.was_dispute or self.channel is Channel.NOT_ME

    def reaches(self, asked_at: datetime) -> bool:
        """Whether what was asked for then is over with it."""
        return self.first is None or asked_at <= self.first

    def noting(self, more: Mapping[str, str]) -> Self:
        return replace(self, note={**more, **self.note})
