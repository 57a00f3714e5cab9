"""The log that the feed reads: one row per change, written in the transaction of what changed, never before it.

Gap-free on PostgreSQL: a row's position is the number of the transaction that wrote it, and readers stop before
the oldest transaction that is still writing. A change that commits late is waited for, never skipped; writers do
not wait for each other. On SQLite there is one writer, so the order of the ids is that of the commits.
"""

from newsletter.changes.change import ENDINGS, WITHDRAWALS, Change, ChangeKind
from newsletter.changes.cursor import Cursor, microseconds
from newsletter.changes.matches import forget_matches, hashes, match_of, moved_from, of_contacts
from newsletter.changes.reading import after, is_lost, latest, oldest_behind
from newsletter.changes.realignment import realign

__all__ = [
    "ENDINGS",
    "WITHDRAWALS",
    "Change",
    "ChangeKind",
    "Cursor",
    "after",
    "forget_matches",
    "hashes",
    "is_lost",
    "latest",
    "match_of",
    "microseconds",
    "moved_from",
    "of_contacts",
    "oldest_behind",
    "realign",
]
