"""The outbox: letters and pushes that survive a crash."""

from newsletter.outbox.control import (
    Standing,
    bring_forward,
    hand_over_alone,
    pause,
    resume,
    retry,
    retry_refused,
    standing,
    try_relay,
)
from newsletter.outbox.delivery import Courier
from newsletter.outbox.letter import NO_NEWSLETTER, OPEN, Draft, Letter, State, oldest_due
from newsletter.outbox.push import WAITING, Priority, Push, PushState, anew, begin_anew, due, in_flight
from newsletter.outbox.relay_state import RelayState
from newsletter.outbox.settlement import is_over
from newsletter.outbox.smtp import init_app
from newsletter.outbox.version import LetterVersion, fill, holes_of, mime, store, version_id, versions

__all__ = [
    "NO_NEWSLETTER",
    "OPEN",
    "WAITING",
    "Courier",
    "Draft",
    "Letter",
    "LetterVersion",
    "Priority",
    "Push",
    "PushState",
    "RelayState",
    "Standing",
    "State",
    "anew",
    "begin_anew",
    "bring_forward",
    "due",
    "fill",
    "hand_over_alone",
    "holes_of",
    "in_flight",
    "init_app",
    "is_over",
    "mime",
    "oldest_due",
    "pause",
    "resume",
    "retry",
    "retry_refused",
    "standing",
    "store",
    "try_relay",
    "version_id",
    "versions",
]
