"""The states that a subscription and its consents can be in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter import clock

TRACKING = "tracking"
"""The purpose of being followed, for which the feed has a switch of its own (PRODUCT 5.2)."""


class Status(StrEnum):
    SUBSCRIBED = "subscribed"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"
    UNSUBSCRIBED = "unsubscribed"


class ConsentState(StrEnum):
    UNKNOWN = "unknown"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


def consent(state: ConsentState, at: datetime, wording: str | None) -> dict[str, Any]:
    return {"state": state.value, "at": clock.iso(at), "wording": wording}


def begun(offered: Iterable[str], granted: Mapping[str, str], at: datetime) -> dict[str, dict[str, Any]]:
    """How a subscription's consents begin: a purpose offered and not ticked is denied (PRODUCT 4.7)."""
    denied = {purpose: consent(ConsentState.DENIED, at, None) for purpose in offered}
    return {**denied, **{purpose: consent(ConsentState.GRANTED, at, wording) for purpose, wording in granted.items()}}


UNKNOWN: dict[str, Any] = {"state": ConsentState.UNKNOWN.value, "at": None, "wording": None}
"""Of a purpose that the person was never asked about."""
