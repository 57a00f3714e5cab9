"""The worker's part: claim what is due, let its author decide, send it, write down what the relay said.

A letter is settled before the next one leaves, so a death at any point leaves at most one letter in doubt. While it
is settled, the relay already looks at the next one's envelope: all that waits for it is the letter. Claims are renewed
while the worker lives, and checked against a clock that nobody sets just before a letter leaves.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from threading import Event
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, config, logs
from newsletter.db import among, reader, transaction
from newsletter.engine import OUTAGES
from newsletter.outbox import letter as letters
from newsletter.outbox import settlement
from newsletter.outbox.answer import Answer
from newsletter.outbox.letter import LEASE, Letter
from newsletter.outbox.relay import THE_ONE, RelayState
from newsletter.outbox.settlement import Envelope, Sent
from newsletter.outbox.smtp import Relay
from newsletter.outbox.verdict import Verdict, judge
from newsletter.outbox.version import LetterVersion, fill

BATCH = 100
MARGIN = 5  # seconds of a lease in which nothing new leaves
SPARED = 5  # seconds that others, who try again every 2, get to write down what they did before an outage
ROUND = 30  # seconds after which what is left of a batch is decided anew, and the worker's other duties get their turn
NOBODY = ""
log = logs.get("outbox")


class Author(Protocol):
    """Whoever wrote a kind of letter knows whether it may still leave, and as what."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        """Decide on claimed letters in the caller's transaction: those that leave now, written and addressed."""

    def sent_late(self, letter_id: str) -> None:
        """The relay took a letter whose signup was confirmed meanwhile: its proof is still to be written."""


class Courier:
    """One worker's way to the relay. Its name marks its claims."""

    def __init__(self, author: Author, stop: Event | None = None) -> None:
        self.name = secrets.token_hex(8)
        self.author = author
        self.stop = stop or Event()
        self.relay = Relay.configured()
        self.relay_was_clean = True
        self.has_claims = False
        self.unsettled: Sent | None = None
        self.lease_began = clock.monotonic()
        self.spares_others_until = self.lease_began

    def deliver_due(self) -> int:
        """Handle one batch of due letters; how many were claimed. None are while the outbox is paused."""
        self.catch_up()
        claimed = self.claim()
        if claimed:
            self.send_all(self.prepare(claimed))
            self.catch_up()
        return len(claimed)

    def catch_up(self) -> None:
        """Settle what the relay took, and give back what did not leave: after a round, or when a fault cut it short."""
        self.relay.withdraw()
        if self.unsettled:
            self.may_leave(NOBODY)
        if self.has_claims:
            with transaction() as session:
                letters.release(session, self.name)
            self.has_claims = False

    def spare_others(self) -> None:
        """After a fault: when it was the database that was gone, claims that ran out may be of workers that live.

        One of them may know of a letter that it was taken, and has only not been able to write it down.
        """
        self.spares_others_until = clock.monotonic() + SPARED

    def claim(self) -> list[str]:
        self.has_claims = True  # from here on it may, whatever becomes of the connection
        self.lease_began = clock.monotonic()
        with transaction() as session:
            claimed = self.claim_in(session, clock.now())
        self.has_claims = bool(claimed)
        return claimed

    def claim_in(self, session: Session, at: datetime) -> list[str]:
        relay = session.get_one(RelayState, THE_ONE)
        self.relay_was_clean = relay.is_clean
        if not relay.may_send(at):
            return []
        spared = clock.monotonic() < self.spares_others_until
        oldest = letters.unclaimed(at) if spared else letters.free(at)
        return letters.claim(session, self.name, at, oldest.limit(1 if relay.is_paused else BATCH))

    def prepare(self, letter_ids: Sequence[str]) -> list[Envelope]:
        """All at once; when one of them cannot be written, each by itself, so that it holds up no other."""
        try:
            return self.written(letter_ids)
        except OUTAGES:
            raise
        except Exception:
            log.warning("letters are written one by one", letters=len(letter_ids))
            return [envelope for letter_id in sorted(letter_ids) for envelope in self.written_alone(letter_id)]

    def written(self, letter_ids: Sequence[str]) -> list[Envelope]:
        with transaction() as session:
            mine = select(Letter).where(among(Letter.id, letter_ids), Letter.claimed_by == self.name)
            claimed = session.scalars(mine.order_by(Letter.created_at, Letter.id)).all()
            return [Envelope.of(letter) for letter in self.author.prepare(session, claimed, clock.now())]

    def written_alone(self, letter_id: str) -> list[Envelope]:
        try:
            return self.written([letter_id])
        except OUTAGES:
            raise
        except Exception:
            self.set_aside(letter_id)
            return []

    def set_aside(self, letter_id: str) -> None:
        """While an exception that nobody expected is being handled: log it, and let the other letters pass."""
        log.exception("letter set aside", letter=letter_id)
        settlement.set_aside(letter_id, self.name)

    def send_all(self, envelopes: Sequence[Envelope]) -> None:
        """One after another, until the relay is in trouble, the round is over, or the worker is to stop."""
        began = clock.monotonic()
        for envelope in envelopes:
            if self.stop.is_set() or clock.monotonic() - began > ROUND:
                break
            self.announce(envelope)
            if self.may_leave(envelope.id) and self.send(envelope) is Verdict.TROUBLE:
                break

    def announce(self, envelope: Envelope) -> None:
        """The relay looks at this letter's envelope while the one before is settled."""
        if may_be_mailed(envelope.recipient):
            self.relay.announce(envelope.sender, envelope.recipient)

    def may_leave(self, letter_id: str) -> bool:
        """Settle the letter just sent; whether this one is still there, still ours, and nothing holds it back."""
        if self.unsettled is None:
            return settlement.may_leave(letter_id, self.name)
        sent = self.unsettled
        subscriber_id, may_leave = settlement.settle(sent, self.name, letter_id)
        self.unsettled = None
        if subscriber_id:
            self.author.sent_late(sent.envelope.id)
        return may_leave

    def send(self, envelope: Envelope) -> Verdict:
        try:
            return self.hand_over(envelope)
        except OUTAGES:
            raise
        except Exception:
            self.relay.drop()
            self.set_aside(envelope.id)
            return Verdict.LATER

    def hand_over(self, envelope: Envelope) -> Verdict:
        if not may_be_mailed(envelope.recipient):
            settlement.withhold(envelope, self.name, "withheld: not among NEWSLETTER_ONLY_RECIPIENTS")
            return Verdict.REFUSED
        holes = {**envelope.holes, "date": format_datetime(clock.now())}
        letter = fill(version_text(envelope.version_id), holes)
        answer = self.relay.deliver(envelope.sender, envelope.recipient, letter, self.lease_holds)
        if answer.accepted:
            self.unsettled = Sent(envelope=envelope, holes=holes, letter=letter, reply=reply(answer), at=clock.now())
        return self.act_on(judge(answer), envelope, answer)

    def act_on(self, verdict: Verdict, envelope: Envelope, answer: Answer) -> Verdict:
        """Write down everything but success, which is settled together with the next look-up."""
        if verdict is Verdict.ACCEPTED and not self.relay_was_clean:
            settlement.relay_works()
            self.relay_was_clean = True
        elif verdict is Verdict.LATER:
            settlement.postpone(envelope, self.name, reply(answer))
        elif verdict is Verdict.REFUSED:
            self.relay_was_clean = False
            if settlement.refuse(envelope, self.name, reply(answer)):
                verdict = Verdict.TROUBLE
        elif verdict is Verdict.TROUBLE:
            settlement.blame_relay(envelope, self.name, answer)
        if verdict is Verdict.TROUBLE:
            self.relay.drop()  # it may be this connection's alone, and the probe begins with another
        if verdict is not Verdict.ACCEPTED:
            log.warning("letter not accepted", letter=envelope.id, verdict=verdict, step=answer.step, code=answer.code)
        return verdict

    def lease_holds(self) -> bool:
        return clock.monotonic() - self.lease_began < LEASE.total_seconds() - MARGIN

    def renew(self) -> None:
        """Called every few seconds, from a thread of its own, while letters are being sent.

        A lease that has run out is not revived: its letters may be another worker's by now.
        """
        began = clock.monotonic()
        with transaction() as session:
            letters.renew(session, self.name, clock.now())
        if clock.monotonic() - self.lease_began < LEASE.total_seconds():
            self.lease_began = began

    def close(self) -> None:
        self.catch_up()
        self.relay.quit()


@lru_cache(maxsize=1000)
def version_text(version_id: str) -> str:
    """A version never changes, so it is read once."""
    with reader() as session:
        return session.get_one(LetterVersion, version_id).mime


def may_be_mailed(recipient: str) -> bool:
    """Staging cannot mail real people: when patterns are set, only what matches one leaves (G6)."""
    patterns = config.current().only_recipients
    return not patterns or any(fnmatchcase(recipient.lower(), pattern) for pattern in patterns)


def reply(answer: Answer) -> str:
    return f"{answer.code} {answer.text}".strip()
