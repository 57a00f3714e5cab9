"""What a clock that was far ahead for a while has put off: it is due now, and not when that time has come."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update

from newsletter import clock
from newsletter.db import transaction
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.copies import LONGEST_RETRY, Copy
from newsletter.feed.webhooks import LONGEST_RETRY_AFTER, Webhook
from newsletter.outbox import WAITING, Push

LONGEST_PUT_OFF = timedelta(hours=2)  # a push, and a connector whose tool asks for it
LONGEST_CLAIM = timedelta(minutes=1)


def bring_forward() -> int:
    """Whatever is put off for twice as long as anything ever is; how much that was."""
    at = clock.now()

    def far(longest: timedelta) -> datetime:
        return at + 2 * longest

    found = (
        update(Push).where(Push.state == WAITING, Push.due_at > far(LONGEST_PUT_OFF)).values(due_at=at),
        update(Push).where(Push.state == WAITING, Push.claimed_until > far(LONGEST_CLAIM)).values(claimed_until=at),
        update(Webhook).where(Webhook.rests_until > far(LONGEST_RETRY_AFTER)).values(rests_until=None),
        update(Copy).where(Copy.due_at > far(LONGEST_RETRY)).values(due_at=at),
        update(ConnectorState).where(ConnectorState.due_at > far(LONGEST_PUT_OFF)).values(due_at=None),
        update(ConnectorState).where(ConnectorState.leased_until > far(LONGEST_CLAIM)).values(leased_until=at),
    )
    with transaction() as session:
        done = [session.execute(each) for each in found]
        return sum(cast(CursorResult[Any], one).rowcount for one in done)
