"""The worker's part: claim what is due, let its author decide, send it, write down what the relay said.

A letter is settled before the next one's DATA, so a death at any point leaves at most one letter in doubt. Claims
are renewed while the worker lives, and checked against a clock that nobody sets just before a letter leaves.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, logs
from newsletter.db import db, transaction
from newsletter.outbox import letter as letters
from newsletter.outbox import settlement
from newsletter.outbox.letter import LEASE, Letter
from newsletter.outbox.relay import THE_ONE, RelayState
from newsletter.outbox.settlement import Envelope, Sent
from newsletter.outbox.smtp import Answer, Relay
from newsletter.outbox.verdict import Verdict, judge
from newsletter.outbox.version import LetterVersion, fill

BATCH = 50
MARGIN = 5  # seconds of a lease in which nothing new leaves
log = logs.get("outbox")


class Author(Protocol):
    """Whoever wrote a kind of letter knows whether it may still leave, and as what."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        """Decide on claimed letters in the caller's transaction: those that leave now, written and addressed."""

    def sent_late(self, letter_id: str) -> None:
        """The relay took a letter whose signup was confirmed meanwhile: its proof is still to be written."""


class Courier:
    """One worker's way to the relay. Its name marks its claims."""

    def __init__(self, author: Author) -> None:
        self.name = secrets.token_hex(8)
        self.author = author
        self.relay = Relay.configured()
        self.lease_began = clock.monotonic()
        self.relay_was_clean = True

    def deliver_due(self) -> int:
        """Handle one batch of due letters; how many were claimed. None are while the outbox is paused."""
        claimed = self.claim()
        if claimed:
            self.send_all(self.prepare(claimed))
        return len(claimed)

    def claim(self) -> list[str]:
        at = clock.now()
        with transaction() as session:
            relay = session.get_one(RelayState, THE_ONE)
            self.relay_was_clean = relay.is_clean
            if not relay.may_send(at):
                return []
            self.lease_began = clock.monotonic()
            return letters.claim(session, self.name, at, 1 if relay.is_paused else BATCH)

    def prepare(self, letter_ids: Sequence[str]) -> list[Envelope]:
        with transaction() as session:
            mine = select(Letter).where(Letter.id.in_(letter_ids), Letter.claimed_by == self.name)
            claimed = session.scalars(mine.order_by(Letter.created_at, Letter.id)).all()
            return [Envelope.of(letter) for letter in self.author.prepare(session, claimed, clock.now())]

    def send_all(self, envelopes: Sequence[Envelope]) -> None:
        """One after another; what is left when the relay is in trouble or the lease runs out is given back."""
        previous: Sent | None = None
        for envelope in envelopes:
            mine = self.settle_before(previous, envelope.id)
            previous = None
            if mine:
                if self.lease_is_short():
                    break
                verdict, previous = self.send(envelope)
                if verdict is Verdict.TROUBLE:
                    break
        if previous:
            self.settle_before(previous, "")
        self.give_back()

    def settle_before(self, previous: Sent | None, next_id: str) -> bool:
        """Settle the letter just sent; whether the next one still exists and is still ours."""
        if previous is None:
            with transaction() as session:
                return settlement.still_mine(session, next_id, self.name)
        subscriber_id, is_mine = settlement.settle(previous, self.name, next_id)
        if subscriber_id:
            self.author.sent_late(previous.envelope.id)
        return is_mine

    def send(self, envelope: Envelope) -> tuple[Verdict, Sent | None]:
        if not may_be_mailed(envelope.holes["recipient"]):
            settlement.withhold(envelope, "withheld: not among NEWSLETTER_ONLY_RECIPIENTS")
            return Verdict.REFUSED, None
        at = clock.now()
        holes = {**envelope.holes, "date": format_datetime(at)}
        letter = fill(version_text(envelope.version_id), holes)
        answer = self.relay.deliver(holes["sender"], holes["recipient"], letter)
        verdict = self.act_on(judge(answer), envelope, answer)
        sent = Sent(envelope=envelope, holes=holes, letter=letter, reply=reply(answer), at=clock.now())
        return verdict, sent if verdict is Verdict.ACCEPTED else None

    def act_on(self, verdict: Verdict, envelope: Envelope, answer: Answer) -> Verdict:
        """Write down everything but success, which is settled together with the next look-up."""
        if verdict is Verdict.ACCEPTED and not self.relay_was_clean:
            settlement.relay_works()
            self.relay_was_clean = True
        elif verdict is Verdict.LATER:
            settlement.postpone(envelope, reply(answer))
        elif verdict is Verdict.REFUSED:
            self.relay_was_clean = False
            if settlement.refuse(envelope, reply(answer)):
                verdict = Verdict.TROUBLE
        elif verdict is Verdict.TROUBLE:
            settlement.blame_relay(envelope, answer)
        if verdict is not Verdict.ACCEPTED:
            log.warning("letter not accepted", letter=envelope.id, verdict=verdict, step=answer.step, code=answer.code)
        return verdict

    def lease_is_short(self) -> bool:
        return clock.monotonic() - self.lease_began > LEASE.total_seconds() - MARGIN

    def renew(self) -> None:
        """Called every few seconds, from a thread of its own, while letters are being sent."""
        began = clock.monotonic()
        with transaction() as session:
            letters.renew(session, self.name, clock.now())
        self.lease_began = began

    def give_back(self) -> None:
        with transaction() as session:
            letters.release(session, self.name)

    def close(self) -> None:
        self.relay.quit()
        self.give_back()


@lru_cache(maxsize=1000)
def version_text(version_id: str) -> str:
    """A version never changes, so it is read once."""
    return db.session.get_one(LetterVersion, version_id).mime


def may_be_mailed(recipient: str) -> bool:
    """Staging cannot mail real people: when patterns are set, only what matches one leaves (G6)."""
    patterns: tuple[str, ...] = current_app.config["SETTINGS"].only_recipients
    return not patterns or any(fnmatchcase(recipient.lower(), pattern) for pattern in patterns)


def reply(answer: Answer) -> str:
    return f"{answer.code} {answer.text}".strip()
