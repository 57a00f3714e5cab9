"""The operator's hand on the outbox: hold it, let it go on, try again now, see how it stands (PRODUCT 4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, func, select, update

from newsletter import clock
from newsletter.db import reader, transaction
from newsletter.outbox.answer import Answer, Step
from newsletter.outbox.handover import may_be_mailed
from newsletter.outbox.letter import IS_OPEN, Letter, State, oldest_due
from newsletter.outbox.relay_state import RelayState
from newsletter.outbox.smtp import Relay
from newsletter.outbox.smtp_line import Load
from newsletter.outbox.verdict import LONGEST_WAIT

LONGEST_LEAD = timedelta(hours=1)
"""No living worker's clock is further ahead than this, so a claim for longer is nobody's."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the outbox stands. A pause without `probe_at` is an operator's, and ends by hand alone."""

    paused_at: datetime | None
    probe_at: datetime | None
    reason: str | None
    letters: Mapping[str, int]
    oldest_due: datetime | None


def pause(reason: str) -> None:
    """No letter leaves until `resume`."""
    with transaction() as session:
        RelayState.locked(session).pause(reason, clock.now())


def resume() -> None:
    """Letters leave again, whoever paused them. Should the relay still be in trouble, the outbox pauses anew."""
    with transaction() as session:
        RelayState.locked(session).resume()


def retry() -> int:
    """Make letters due that wait for their next attempt, or that a fault of ours has set aside; how many.

    What a limit holds back stays held back.
    """
    at = clock.now()
    waits = Letter.state.in_([State.WAITING, State.READY]) & (Letter.due_at > at)
    return changed(update(Letter).where(waits).values(due_at=at))


def retry_refused() -> int:
    """Make refused letters due again; how many. One whose signup is gone will not leave."""
    refused = update(Letter).where(Letter.state == State.REFUSED)
    return changed(refused.values(state=State.READY, due_at=clock.now()))


def bring_forward() -> int:
    """What a clock that was ahead for a while has put off, or claimed for a worker that died; how much that was.

    What was asked for by such a clock is decided on now, also where a limit held it back; all else that one holds back
    waits for that.
    """
    at = clock.now()
    put_off = (Letter.state != State.HELD) & (Letter.due_at > at + 2 * LONGEST_WAIT)
    undecided = Letter.state.in_([State.WAITING, State.HELD])
    asked_for_ahead = undecided & (Letter.created_at > at + clock.SKEW) & (Letter.due_at > at)
    return changed(
        update(Letter).where(IS_OPEN, put_off | asked_for_ahead).values(due_at=at),
        update(Letter).where(IS_OPEN, Letter.claimed_until > at + LONGEST_LEAD).values(claimed_until=at),
    )


def changed(*updates: Update) -> int:
    with transaction() as session:
        return sum(len(session.execute(one.returning(Letter.id)).all()) for one in updates)


def standing() -> Standing:
    with reader() as session:
        relay = RelayState.the_one(session)
        counted = session.execute(select(Letter.state, func.count().label("letters")).group_by(Letter.state))
        return Standing(
            paused_at=relay.paused_at,
            probe_at=relay.probe_at,
            reason=relay.reason,
            letters={found.state: found.letters for found in counted},
            oldest_due=oldest_due(session, clock.now()),
        )


def try_relay() -> Answer | None:
    """Connect, encrypt, log in and leave; what went wrong, or None. No letter is sent."""
    relay = Relay.configured()
    failed = relay.connect()
    relay.quit()
    return failed


def hand_over_alone(recipient: str, letter: bytes) -> Answer | None:
    """One mail of our own to ourselves, at once; what went wrong, or None. While the outbox is paused it stays."""
    if RelayState.now().is_paused or not may_be_mailed(recipient):
        return Answer(step=Step.CONNECT, code=0, text="withheld")
    relay = Relay.configured()
    answer = relay.deliver(Load(sender=recipient, recipient=recipient, letter=letter), lambda: True)
    relay.quit()
    return None if answer.accepted else answer
