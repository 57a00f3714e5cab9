"""What keeps strangers from misusing the service: limits, traps, suppressed addresses."""

from newsletter.guard.brake import GONE_WITHIN, MOST_GONE, least_left
from newsletter.guard.doubtful_addresses import is_suspect, objection
from newsletter.guard.idempotency import Once
from newsletter.guard.limits import (
    KEY,
    Counted,
    LetterHit,
    PostHit,
    allowed_from,
    buckets,
    by_source,
    coarse_wait,
    letter_keys,
    write_within,
)
from newsletter.guard.staff import LONGEST_WORD, fault_of_word
from newsletter.guard.suppression import (
    Lifting,
    Suppression,
    drop_suppression,
    lift,
    liftings,
    restate,
    restore_suppression,
    suppress,
    suppressed,
    suppression_of,
)
from newsletter.guard.tally import refuse, room_left, tallied, tally
from newsletter.guard.traps import HONEYPOT, INVISIBLE_SENTENCE, as_cell, blanked, caught, has_invisible, visible

__all__ = [
    "GONE_WITHIN",
    "HONEYPOT",
    "INVISIBLE_SENTENCE",
    "KEY",
    "LONGEST_WORD",
    "MOST_GONE",
    "Counted",
    "LetterHit",
    "Lifting",
    "Once",
    "PostHit",
    "Suppression",
    "allowed_from",
    "as_cell",
    "blanked",
    "buckets",
    "by_source",
    "caught",
    "coarse_wait",
    "drop_suppression",
    "fault_of_word",
    "has_invisible",
    "is_suspect",
    "least_left",
    "letter_keys",
    "lift",
    "liftings",
    "objection",
    "refuse",
    "restate",
    "restore_suppression",
    "room_left",
    "suppress",
    "suppressed",
    "suppression_of",
    "tallied",
    "tally",
    "visible",
    "write_within",
]
