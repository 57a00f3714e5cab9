"""When a push is tried again, when it is given up, and how long a receiver in trouble is left alone (E4)."""

import random
from datetime import datetime, timedelta

from newsletter.feed.webhooks.webhook import TRIPPED

WAITS = (5, 30, 120, 600, 1800, 3600)  # seconds; the last one again and again
JITTER = 0.2  # of a wait, either way: what failed together does not come back together
GIVEN_UP_AFTER = timedelta(days=3)  # since the first attempt
PATIENT_AFTER = timedelta(hours=1)
URGENT_WAIT, PATIENT_WAIT = 60, 600  # seconds at most for what is urgent: in its first hour, and later
OVERTAKEN_AFTER = 3  # attempts
LONGEST_REST = 30  # seconds between two probes of a receiver that is down


def next_attempt(attempts: int, *, tried_at: datetime, at: datetime, is_urgent: bool) -> datetime | None:
    """When to try again after so many attempts; None when it is given up.

    Not before it has been through all the waits: of three days, this service may have stood still for most. What is
    urgent, since somebody's withdrawal has to arrive, is tried every minute, and after an hour every ten.
    """
    if at - tried_at >= GIVEN_UP_AFTER and attempts > len(WAITS):
        return None
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    if is_urgent:
        wait = min(wait, PATIENT_WAIT if at - tried_at > PATIENT_AFTER else URGENT_WAIT)
    return at + timedelta(seconds=wait * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - spreads load


def rest(failures: int, at: datetime) -> datetime:
    """Until when a receiver that has failed so often in a row is left alone: 2 s at first, half a minute at most."""
    return at + timedelta(seconds=min(LONGEST_REST, 2 ** min(1 + failures - TRIPPED, 10)))
