"""The confirmed relation: subscribers and their subscriptions."""

from newsletter.subscriptions.contact import BASE, with_base
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import (
    IS_LIVING,
    NEWSLETTER,
    TRACKING,
    ConsentState,
    Request,
    Status,
    Subscription,
)
from newsletter.subscriptions.unsubscription import Channel, by_link, change, end, lock_name, others, person_lock
from newsletter.subscriptions.verification import verify

__all__ = [
    "BASE",
    "IS_LIVING",
    "NEWSLETTER",
    "TRACKING",
    "Channel",
    "ConsentState",
    "Request",
    "Status",
    "Subscriber",
    "Subscription",
    "by_link",
    "change",
    "end",
    "lock_name",
    "others",
    "person_lock",
    "verify",
    "with_base",
]
