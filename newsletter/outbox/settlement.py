"""Writing down what became of a letter."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text, update
from sqlalchemy.orm import Session

from newsletter import clock, counts
from newsletter.counts import Count, Event
from newsletter.db import Gate, Instant, canonical, transaction, write_at_once
from newsletter.outbox.letter import Letter, State
from newsletter.outbox.relay import RelayState
from newsletter.outbox.smtp import Answer, Step
from newsletter.outbox.verdict import wait_after


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A letter ready to be handed over, free of any session."""

    id: str
    newsletter: str
    language: str
    source: str | None
    version_id: str
    holes: Mapping[str, str]
    attempts: int

    @classmethod
    def of(cls, letter: Letter) -> "Envelope":
        if letter.version_id is None or letter.holes is None:
            raise ValueError("The letter's author has not written it.")
        return cls(
            id=letter.id,
            newsletter=letter.newsletter,
            language=letter.language,
            source=letter.source,
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


SETTLE = """UPDATE letters SET state = 'sent', sent_at = :at, reply = :reply, sha256 = :sha256, holes = :holes,
    claimed_by = NULL, claimed_until = NULL WHERE id = :id AND state <> 'sent' RETURNING subscriber_id"""
IS_MINE = "SELECT count(*) FROM letters WHERE id = :next AND claimed_by = :worker"
CTES = f"""done AS ({SETTLE}),
gate AS (SELECT (SELECT subscriber_id FROM done) AS subscriber_id, ({IS_MINE}) AS next_is_mine)"""  # noqa: S608 - ours
AT = bindparam("at", type_=Instant)


def settle_steps(connection: Connection, parameters: Mapping[str, Any]) -> tuple[str | None, int]:
    subscriber_id = connection.execute(text(SETTLE).bindparams(AT), parameters).scalar()
    return subscriber_id, connection.execute(text(IS_MINE), parameters).scalar_one()


def settle(sent: Sent, worker: str, next_id: str) -> tuple[str | None, bool]:
    """Record an accepted letter, and look whether the next one is still there and ours, in one round trip.

    Returns the subscriber that the letter's signup has become meanwhile, if any, and whether the next may leave.
    """
    parameters = {
        "id": sent.envelope.id,
        "at": sent.at,
        "reply": sent.reply,
        "sha256": hashlib.sha256(sent.letter).hexdigest(),
        "holes": canonical(sent.holes),
        "next": next_id,
        "worker": worker,
    }
    counted = counts.row(
        Event.LETTER_ACCEPTED,
        newsletter=sent.envelope.newsletter,
        language=sent.envelope.language,
        source=sent.envelope.source,
        at=sent.at,
    )
    found = write_at_once(Gate(ctes=CTES, steps=settle_steps), parameters, {Count: [counted]})
    return (found[0], bool(found[1])) if found else (None, False)


def still_mine(session: Session, letter_id: str, worker: str) -> bool:
    return bool(session.execute(text(IS_MINE), {"next": letter_id, "worker": worker}).scalar_one())


def relay_works() -> None:
    with transaction() as session:
        RelayState.locked(session).works()


def postpone(envelope: Envelope, reply: str) -> None:
    """Try this letter again after a while."""
    with transaction() as session:
        wait = wait_after(envelope.attempts + 1)
        reset(session, [envelope.id], attempts=envelope.attempts + 1, due_at=clock.now() + wait, reply=reply)


def refuse(envelope: Envelope, reply: str) -> bool:
    """The recipient was refused for good, unless too many were in a row; then it was the relay, and none was."""
    with transaction() as session:
        relay = RelayState.locked(session)
        streak = relay.refuse(envelope.holes["recipient"], envelope.id)
        reset(session, [envelope.id], state=State.REFUSED, reply=reply)
        if streak:
            reset(session, streak, state=State.READY, due_at=clock.now())
            relay.trouble(reply, clock.now())
    return bool(streak)


def withhold(envelope: Envelope, reason: str) -> None:
    """Not mailed, by the operator's own setting."""
    with transaction() as session:
        reset(session, [envelope.id], state=State.REFUSED, reply=reason)


def blame_relay(envelope: Envelope, answer: Answer) -> None:
    """Pause the outbox. A letter that got as far as its recipient waits its turn, so that another is the next probe."""
    with transaction() as session:
        RelayState.locked(session).trouble(f"{answer.step}: {answer.code} {answer.text}", clock.now())
        if answer.step in (Step.RCPT, Step.DATA):
            attempts = envelope.attempts + 1
            reset(session, [envelope.id], attempts=attempts, due_at=clock.now() + wait_after(attempts))


def reset(session: Session, letter_ids: Sequence[str], **values: Any) -> None:
    """Change letters and give their claim back."""
    changed = update(Letter).where(Letter.id.in_(letter_ids)).values(claimed_by=None, claimed_until=None, **values)
    session.execute(changed.execution_options(synchronize_session=False))
