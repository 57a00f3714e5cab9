"""Signups: asked, and then confirmed, cancelled or expired. Nobody here is a subscriber yet."""

from newsletter.signups import disputes
from newsletter.signups.asking import RENDERED, ask, cost_of, counted_source
from newsletter.signups.batch import locks_on
from newsletter.signups.cancellation import Denial, cancel, look_at_cancellation, renounce
from newsletter.signups.confirmation import confirm, confirm_by_code, has_already, look_at_confirmation
from newsletter.signups.confirmation_plan import Method, Press
from newsletter.signups.confirmation_statement import freed
from newsletter.signups.disowning import contacts_of, disown
from newsletter.signups.disputes import Hold, Order, let_go
from newsletter.signups.expiry import expire, forget_stray_letters, overdue
from newsletter.signups.invitation import decide
from newsletter.signups.leaving import end_all, end_one, forget_waiting, leave, leave_all
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.letters import Desk, compose, returning
from newsletter.signups.offer import Offer
from newsletter.signups.resolution import Resolution
from newsletter.signups.sent_letters import prove_letter, record_letter
from newsletter.signups.signup import LEAST_LIFE, Signup
from newsletter.signups.submission import ADDRESS_SENTENCE, Submission, parse
from newsletter.signups.suppressing import lift, never_again, suppress

__all__ = [
    "ADDRESS_SENTENCE",
    "LEAST_LIFE",
    "RENDERED",
    "Denial",
    "Desk",
    "Hold",
    "LetterKind",
    "Method",
    "Offer",
    "Order",
    "Press",
    "Resolution",
    "Signup",
    "Submission",
    "ask",
    "cancel",
    "compose",
    "confirm",
    "confirm_by_code",
    "contacts_of",
    "cost_of",
    "counted_source",
    "decide",
    "disown",
    "disputes",
    "end_all",
    "end_one",
    "expire",
    "forget_stray_letters",
    "forget_waiting",
    "freed",
    "has_already",
    "leave",
    "leave_all",
    "let_go",
    "lift",
    "locks_on",
    "look_at_cancellation",
    "look_at_confirmation",
    "never_again",
    "overdue",
    "parse",
    "prove_letter",
    "record_letter",
    "renounce",
    "returning",
    "suppress",
]
