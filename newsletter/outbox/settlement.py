"""Writing down what became of a letter."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, exists, select, update
from sqlalchemy.orm import Session

from newsletter import clock, counts, logs
from newsletter.counts import Count, Event
from newsletter.db import transaction
from newsletter.one_statement import Gate, dump_rows, write_at_once
from newsletter.outbox.answer import Answer, Step
from newsletter.outbox.letter import NO_NEWSLETTER, Letter, State
from newsletter.outbox.relay_state import RelayState
from newsletter.outbox.verdict import wait_after

SET_ASIDE = timedelta(hours=1)
"""How long a letter waits that a fault of ours keeps back."""
AT_ONCE = 3
"""How often a letter that was refused in a row with others is tried again without a pause."""
DOUBT = timedelta(days=1)
"""How long a refused letter that no sign-up needs is kept at most, until it is clear whom the refusal was about."""
log = logs.get("outbox")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A letter ready to be handed over, free of any session."""

    id: str
    kind: str
    newsletter: str
    language: str
    source: str | None
    sender: str
    recipient: str
    version_id: str
    holes: Mapping[str, str]
    attempts: int

    @classmethod
    def of(cls, letter: Letter) -> Self:
        if letter.version_id is None or letter.holes is None:
            raise ValueError("The letter's author has not written it.")
        return cls(
            id=letter.id,
            kind=letter.kind,
            newsletter=letter.newsletter,
            language=letter.language,
            source=letter.source,
            sender=letter.holes["sender"],
            recipient=letter.holes["recipient"],
            version_id=letter.version_id,
            holes=letter.holes,
            attempts=letter.attempts,
        )


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A letter that the relay took, its row not yet saying so."""

    envelope: Envelope
    holes: Mapping[str, str]
    letter: bytes
    reply: str
    at: datetime


SETTLE = """UPDATE letters SET state = 'sent', sent_at = r.sent_at, reply = r.reply, sha256 = r.sha256, holes = r.holes,
    claimed_by = NULL, claimed_until = NULL FROM json_populate_recordset(NULL::letters, CAST(:sent AS json)) AS r
    WHERE letters.id = r.id AND letters.state <> 'sent' RETURNING letters.id, letters.subscriber_id"""
MAY_LEAVE = """SELECT id FROM letters WHERE id = ANY(:next) AND claimed_by = :worker
    AND NOT EXISTS (SELECT 1 FROM relay WHERE paused_at IS NOT NULL AND probe_at IS NULL)"""
"""The next letters that are still there and ours, while no operator has paused the outbox since they were claimed."""
CTES = f"""done AS ({SETTLE}), free AS ({MAY_LEAVE}), gate AS (SELECT
    ARRAY(SELECT id FROM done WHERE subscriber_id IS NOT NULL) AS late, ARRAY(SELECT id FROM free) AS free)"""  # noqa: S608


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Which letters' signups have become subscriptions meanwhile, and which of the next letters may leave."""

    late: Collection[str]
    free: Collection[str]


def settle(sent: Sequence[Sent], worker: str, next_ids: Sequence[str]) -> Settled:
    """Record accepted letters, and look which ones may leave now, in one round trip."""
    rows = [row_of(one) for one in sent]
    counted_rows = [row for one in sent for row in counted(one.envelope, Event.LETTER_ACCEPTED, one.at)]
    gate = Gate(ctes=CTES, steps=lambda connection, _: settle_steps(connection, rows, worker, next_ids))
    parameters = {"sent": dump_rows(Letter, rows), "next": list(next_ids), "worker": worker}
    late, free = write_at_once(gate, parameters, {Count: counted_rows}) or ((), ())
    return Settled(late=late, free=free)


def row_of(sent: Sent) -> dict[str, Any]:
    return {
        "id": sent.envelope.id,
        "sent_at": sent.at,
        "reply": sent.reply,
        "sha256": hashlib.sha256(sent.letter).hexdigest(),
        "holes": sent.holes,
    }


def settle_steps(
    connection: Connection, rows: Sequence[Mapping[str, Any]], worker: str, next_ids: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    late = []
    for row in rows:
        mine = update(Letter).where(Letter.id == row["id"], Letter.state != State.SENT)
        taken = mine.values(**row, state=State.SENT, claimed_by=None, claimed_until=None)
        if connection.execute(taken.returning(Letter.subscriber_id)).scalar():
            late.append(row["id"])
    held = exists().where(RelayState.paused_at.is_not(None), RelayState.probe_at.is_(None))
    free = select(Letter.id).where(Letter.id.in_(next_ids), Letter.claimed_by == worker, ~held)
    return late, connection.execute(free).scalars().all()


def counted(envelope: Envelope, event: Event, at: datetime) -> list[dict[str, Any]]:
    """A row of the daily counts, unless the letter was about no newsletter."""
    if envelope.newsletter == NO_NEWSLETTER:
        return []
    return [counts.row(event, envelope, at, letter=envelope.kind)]


def relay_works() -> None:
    with transaction() as session:
        RelayState.locked(session).works()


def postpone(envelope: Envelope, worker: str, reply: str) -> None:
    """Try this letter again after a while."""
    with transaction() as session:
        wait = wait_after(envelope.attempts + 1)
        reset(session, envelope.id, worker, attempts=envelope.attempts + 1, due_at=clock.now() + wait, reply=reply)


def set_aside(letter_id: str, worker: str) -> None:
    """A fault of ours keeps this letter from being written or handed over; it may be mended before the next try.

    Called while that is handled: it is logged, and the other letters pass.
    """
    log.exception("letter set aside", letter=letter_id)
    with transaction() as session:
        reset(session, letter_id, worker, due_at=clock.now() + SET_ASIDE)


def refuse(envelope: Envelope, worker: str, reply: str) -> bool:
    """The recipient was refused for good, unless too many were in a row; then it was the relay, and none was."""
    with transaction() as session:
        relay = RelayState.locked(session)
        streak = relay.refuse(envelope.recipient, envelope.id)
        reset(session, envelope.id, worker, state=State.REFUSED, reply=reply)
        if streak:
            acquit(session, streak)
            relay.trouble(reply, clock.now())
        else:
            counts.add(session, counted(envelope, Event.LETTER_REFUSED, clock.now()))
    return bool(streak)


def acquit(session: Session, letter_ids: Sequence[str]) -> None:
    """It was not for their recipients' sake that these were refused, so they are tried again with the next probes.

    After some, ever less often. If it was for their sake after all, they must not hold up the others for ever.
    """
    refused = select(Letter).where(Letter.id.in_(letter_ids), Letter.state == State.REFUSED)
    for letter in session.scalars(refused.with_for_update()):
        wait = wait_after(letter.attempts - AT_ONCE + 1) if letter.attempts >= AT_ONCE else timedelta()
        letter.state, letter.attempts, letter.due_at = State.READY, letter.attempts + 1, clock.now() + wait


def is_over(session: Session) -> ColumnElement[bool]:
    """Of a letter: answered for good, and no proof is still to be written of it.

    Not a refused one that would leave after all, were the next ones refused as well.
    """
    unproven = (Letter.state == State.SENT) & Letter.subscriber_id.is_not(None)
    in_doubt = Letter.id.in_(RelayState.the_one(session).refused) & (Letter.created_at > clock.now() - DOUBT)
    return Letter.state.in_([State.SENT, State.REFUSED]) & ~unproven & ~in_doubt


def withhold(envelope: Envelope, worker: str, reason: str) -> None:
    """Not mailed, by the operator's own setting."""
    with transaction() as session:
        reset(session, envelope.id, worker, state=State.REFUSED, reply=reason)


def blame_relay(envelope: Envelope, worker: str, answer: Answer) -> None:
    """Pause the outbox, and let another letter be the next probe.

    One that got as far as its recipient waits its turn; one whose sender was refused only goes behind the others.
    """
    with transaction() as session:
        at = clock.now()
        RelayState.locked(session).trouble(f"{answer.step}: {answer.code} {answer.text}", at)
        if answer.step in (Step.RCPT, Step.DATA):
            attempts = envelope.attempts + 1
            reset(session, envelope.id, worker, attempts=attempts, due_at=at + wait_after(attempts))
        elif answer.step is Step.MAIL:
            reset(session, envelope.id, worker, due_at=at)


def reset(session: Session, letter_id: str, worker: str, **values: Any) -> None:
    """Change a letter and give its claim back; one whose claim has passed to another worker is that one's to settle."""
    mine = update(Letter).where(Letter.id == letter_id, Letter.claimed_by == worker)
    session.execute(mine.values(claimed_by=None, claimed_until=None, **values))
