"""What a new subscription begins with."""

from datetime import datetime
from typing import Protocol


class Asked(Protocol):
    """What somebody asked for and has confirmed: a signup, of which nothing is known here."""

    newsletter: str
    language: str
    fields: dict[str, str]
    topics: list[str]
    offered: list[str]  # every purpose that could have been ticked
    source: str | None
    signed_up_at: datetime
