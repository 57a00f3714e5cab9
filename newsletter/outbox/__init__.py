"""The outbox: letters that survive a crash."""

from newsletter.outbox.control import Standing, pause, resume, retry, retry_refused, standing, try_relay
from newsletter.outbox.delivery import Author, Courier
from newsletter.outbox.letter import NO_NEWSLETTER, Draft, Letter, State, delete_of_signups, oldest_due
from newsletter.outbox.relay import THE_ONE, RelayState
from newsletter.outbox.smtp import init_app
from newsletter.outbox.version import LetterVersion, fill, mime, store, version_id

__all__ = [
    "NO_NEWSLETTER",
    "THE_ONE",
    "Author",
    "Courier",
    "Draft",
    "Letter",
    "LetterVersion",
    "RelayState",
    "Standing",
    "State",
    "delete_of_signups",
    "fill",
    "init_app",
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
]
