"""The confirmed relation: subscribers and their subscriptions."""

from newsletter.subscriptions.contact import BASE, with_base
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import (
    NEWSLETTER,
    TRACKING,
    ConsentState,
    Request,
    Status,
    Subscription,
)
from newsletter.subscriptions.unsubscription import Channel, by_link, change, end, lock_name, others, person_lock

__all__ = [
    "BASE",
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
    "with_base",
]
