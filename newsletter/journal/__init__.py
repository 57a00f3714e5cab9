"""The journal: what must survive the database, in files on other storage. Anchors of the evidence, and who has left."""

from newsletter.journal.entry import Entry, EntryKind, JournalEntry
from newsletter.journal.position import JournalState
from newsletter.journal.storage import (
    DUTY,
    anchors,
    folder,
    is_kept,
    is_restored,
    look_again,
    others,
    path,
    readable,
    refuse_restored,
    removed_chains,
    try_writing,
    waiting_since,
)
from newsletter.journal.writing import PURPOSE, forget, write

__all__ = [
    "DUTY",
    "PURPOSE",
    "Entry",
    "EntryKind",
    "JournalEntry",
    "JournalState",
    "anchors",
    "folder",
    "forget",
    "is_kept",
    "is_restored",
    "look_again",
    "others",
    "path",
    "readable",
    "refuse_restored",
    "removed_chains",
    "try_writing",
    "waiting_since",
    "write",
]
