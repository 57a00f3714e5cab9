"""What the tools hold: one row per connector and contact.

A copy's row outlives its contact here: the tool's own id in it is the only way to have a person erased there who has
been erased here already. It goes when the tool has done it.
"""

from newsletter.feed.copies.batches import add_unsure, sent
from newsletter.feed.copies.copy import LONGEST_RETRY, MAILED, Copy, Dead, Held, locked, new
from newsletter.feed.copies.people import STAYS, left_as, mailed, mailed_as, of_others
from newsletter.feed.copies.telling import add, dead_copies, make_due, mark, next_due, retry_copies, rows_of

__all__ = [
    "LONGEST_RETRY",
    "MAILED",
    "STAYS",
    "Copy",
    "Dead",
    "Held",
    "add",
    "add_unsure",
    "dead_copies",
    "left_as",
    "locked",
    "mailed",
    "mailed_as",
    "make_due",
    "mark",
    "new",
    "next_due",
    "of_others",
    "retry_copies",
    "rows_of",
    "sent",
]
