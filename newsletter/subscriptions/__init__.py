"""The confirmed relation: subscribers and their subscriptions."""

from newsletter.subscriptions.contact import BASE, with_base
from newsletter.subscriptions.person import Channel, Deed, change, detached, lock_name, locked, person_lock, record
from newsletter.subscriptions.preferences import grant, rectify, withdraw
from newsletter.subscriptions.states import NEWSLETTER, TRACKING, ConsentState, Status
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import IS_LIVING, Request, Subscription
from newsletter.subscriptions.unsubscription import by_link, end, others
from newsletter.subscriptions.verification import verify
from newsletter.subscriptions.wishes import Wishes

__all__ = [
    "BASE",
    "IS_LIVING",
    "NEWSLETTER",
    "TRACKING",
    "Channel",
    "ConsentState",
    "Deed",
    "Request",
    "Status",
    "Subscriber",
    "Subscription",
    "Wishes",
    "by_link",
    "change",
    "detached",
    "end",
    "grant",
    "lock_name",
    "locked",
    "others",
    "person_lock",
    "record",
    "rectify",
    "verify",
    "with_base",
    "withdraw",
]
