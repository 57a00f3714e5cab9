"""Writing down what became of a letter."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, text, update
from sqlalchemy.orm import Session

from newsletter import clock, counts
from newsletter.at_once import Gate, write_at_once
from newsletter.counts import Count, Event
from newsletter.db import Instant, canonical, reader, transaction
from newsletter.outbox.answer import Answer, Step
from newsletter.outbox.letter import NO_NEWSLETTER, Letter, State
from newsletter.outbox.relay import THE_ONE, RelayState
from newsletter.outbox.verdict import wait_after

SET_ASIDE = timedelta(hours=1)
"""How long a letter waits that a fault of ours keeps back."""
AT_ONCE = 3
"""So often a letter is tried again at once that was refused in a row of others."""
DOUBT = timedelta(days=1)
"""For so long at most a refused letter is kept that no sign-up needs: until it is clear whom the refusal was about."""


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
    def of(cls, letter: Letter) -> "Envelope":
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


SETTLE = """UPDATE letters SET state = 'sent', sent_at = :at, reply = :reply, sha256 = :sha256, holes = :holes,
    claimed_by = NULL, claimed_until = NULL WHERE id = :id AND state <> 'sent' RETURNING subscriber_id"""
MAY_LEAVE = """SELECT count(*) FROM letters WHERE id = :next AND claimed_by = :worker
    AND NOT EXISTS (SELECT 1 FROM relay WHERE paused_at IS NOT NULL AND probe_at IS NULL)"""
"""The next letter is still there and ours, and no operator has paused the outbox since it was claimed."""
CTES = f"""done AS ({SETTLE}),
gate AS (SELECT (SELECT subscriber_id FROM done) AS subscriber_id, ({MAY_LEAVE}) AS next_may_leave)"""  # noqa: S608
AT = bindparam("at", type_=Instant)


def settle_steps(connection: Connection, parameters: Mapping[str, Any]) -> tuple[str | None, int]:
    subscriber_id = connection.execute(text(SETTLE).bindparams(AT), parameters).scalar()
    return subscriber_id, connection.execute(text(MAY_LEAVE), parameters).scalar_one()


def settle(sent: Sent, worker: str, next_id: str) -> tuple[str | None, bool]:
    """Record an accepted letter, and look whether the next one may leave, in one round trip.

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
    found = write_at_once(
        Gate(ctes=CTES, steps=settle_steps), parameters, {Count: counted(sent.envelope, Event.LETTER_ACCEPTED, sent.at)}
    )
    return (found[0], bool(found[1])) if found else (None, False)


def counted(envelope: Envelope, event: Event, at: datetime) -> list[dict[str, Any]]:
    """A row of the daily counts, unless the letter was about no newsletter."""
    if envelope.newsletter == NO_NEWSLETTER:
        return []
    about: dict[str, Any] = {"newsletter": envelope.newsletter, "language": envelope.language}
    return [counts.row(event, **about, source=envelope.source, at=at, letter=envelope.kind)]


def may_leave(letter_id: str, worker: str) -> bool:
    with reader() as session:
        return bool(session.execute(text(MAY_LEAVE), {"next": letter_id, "worker": worker}).scalar_one())


def relay_works() -> None:
    with transaction() as session:
        RelayState.locked(session).works()


def postpone(envelope: Envelope, worker: str, reply: str) -> None:
    """Try this letter again after a while."""
    with transaction() as session:
        wait = wait_after(envelope.attempts + 1)
        reset(session, envelope.id, worker, attempts=envelope.attempts + 1, due_at=clock.now() + wait, reply=reply)


def set_aside(letter_id: str, worker: str) -> None:
    """A fault of ours keeps this letter from being written or handed over; it may be mended before the next try."""
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


def may_be_acquitted(session: Session) -> ColumnElement[bool]:
    """The refused letters that would leave after all, were the next ones refused as well."""
    in_doubt = session.get_one(RelayState, THE_ONE).refused
    return Letter.id.in_(list(in_doubt)) & (Letter.created_at > clock.now() - DOUBT)


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
    changed = mine.values(claimed_by=None, claimed_until=None, **values)
    session.execute(changed.execution_options(synchronize_session=False))
