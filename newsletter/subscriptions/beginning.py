"""What a new subscription begins with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What a confirmed signup asked for: the state in which a subscription begins."""

    newsletter: str
    language: str
    fields: Mapping[str, str]
    topics: Iterable[str]
    granted: Mapping[str, str]  # purpose -> wording id
    offered: Iterable[str]  # every purpose that could have been ticked
    source: str | None
    signed_up_at: datetime
