"""Pushes: every change told to whoever asked for it, by Standard Webhooks 1.0 (PRODUCT 4.10, E3, E4).

The worker alone imports `pushing`: web processes do without an HTTP client and its 7 MiB.
"""

from newsletter.feed.webhooks.deliveries import counts, deliveries, oldest_untold, replay_dead, replay_one, replay_range
from newsletter.feed.webhooks.management import (
    LONGEST_OVERLAP,
    OVERLAP,
    add,
    all_webhooks,
    alter,
    find,
    remove,
    rotate,
    send_test,
)
from newsletter.feed.webhooks.webhook import (
    BOUNDS,
    LONGEST_RETRY_AFTER,
    Format,
    Payload,
    Wanted,
    Webhook,
    WebhookSecret,
    WebhookState,
)

__all__ = [
    "BOUNDS",
    "LONGEST_OVERLAP",
    "LONGEST_RETRY_AFTER",
    "OVERLAP",
    "Format",
    "Payload",
    "Wanted",
    "Webhook",
    "WebhookSecret",
    "WebhookState",
    "add",
    "all_webhooks",
    "alter",
    "counts",
    "deliveries",
    "find",
    "oldest_untold",
    "remove",
    "replay_dead",
    "replay_one",
    "replay_range",
    "rotate",
    "send_test",
]
