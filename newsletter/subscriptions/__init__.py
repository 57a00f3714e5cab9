"""The confirmed relation: subscribers and their subscriptions."""

from newsletter.subscriptions import sheet
from newsletter.subscriptions.cause import Cause, Channel
from newsletter.subscriptions.contact import Completion
from newsletter.subscriptions.person import (
    Deed,
    change,
    change_row,
    found_and_locked,
    last_change,
    lock_name,
    locked,
    person_lock,
    record,
)
from newsletter.subscriptions.preferences import grant, rectify, rectify_all, refusable, withdraw, withdraw_all
from newsletter.subscriptions.receipt import seal, seals
from newsletter.subscriptions.states import TRACKING, ConsentState, Status
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import IS_LIVING, OVER, Subscription
from newsletter.subscriptions.suspension import SOFT_BOUNCES_WITHIN, SoftBounce, bounced_softly, proven_at, suspend
from newsletter.subscriptions.unsubscription import by_link, dispute, end, others
from newsletter.subscriptions.verification import verify, verify_all
from newsletter.subscriptions.wishes import NOT_A_CHOICE, TOO_LONG, Wishes

__all__ = [
    "IS_LIVING",
    "NOT_A_CHOICE",
    "OVER",
    "SOFT_BOUNCES_WITHIN",
    "TOO_LONG",
    "TRACKING",
    "Cause",
    "Channel",
    "Completion",
    "ConsentState",
    "Deed",
    "SoftBounce",
    "Status",
    "Subscriber",
    "Subscription",
    "Wishes",
    "bounced_softly",
    "by_link",
    "change",
    "change_row",
    "dispute",
    "end",
    "found_and_locked",
    "grant",
    "last_change",
    "lock_name",
    "locked",
    "others",
    "person_lock",
    "proven_at",
    "record",
    "rectify",
    "rectify_all",
    "refusable",
    "seal",
    "seals",
    "sheet",
    "suspend",
    "verify",
    "verify_all",
    "withdraw",
    "withdraw_all",
]
