"""The worker's part: claim what is due, let its author decide, and hand it over to the relay.

A letter is settled before the next one leaves on its line, so a death at any point leaves at most one letter a line in
doubt. Claims are renewed while the worker lives, and checked against a clock that nobody sets just before a letter
leaves.
"""

import secrets
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from threading import Event
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, logs
from newsletter.db import among, transaction
from newsletter.engine import OUTAGES
from newsletter.outbox import letter as letters
from newsletter.outbox import settlement
from newsletter.outbox.handover import Handover
from newsletter.outbox.letter import LEASE, Letter
from newsletter.outbox.relay_state import RelayState
from newsletter.outbox.settlement import Envelope
from newsletter.outbox.verdict import Verdict

BATCH = 100  # letters claimed at once
MARGIN = 5  # seconds of a lease in which nothing new leaves
SPARED = 5  # seconds that others, who try again every 2, get to write down what they did before an outage
ROUND = 30  # seconds after which what is left of a batch is decided anew, and the worker's other duties get their turn
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
        self.handover = Handover(self.name, author.sent_late, self.lease_holds)
        self.has_claims = False
        self.claimed: Sequence[str] = ()
        self.lease_began = clock.monotonic()
        self.spares_others_until = self.lease_began

    def deliver_due(self) -> int:
        """Handle one batch of due letters; how many were claimed. None are while the outbox is paused."""
        self.catch_up()
        claimed = self.claim()
        if claimed:
            self.send_all(self.prepare(claimed), many=len(claimed) == BATCH)
            self.catch_up()
        if len(claimed) < BATCH:
            self.handover.trunk.second.quit()
        return len(claimed)

    def catch_up(self) -> None:
        """Settle what the relay took, and give back what did not leave: after a round, or when a fault cut it short."""
        self.handover.trunk.withdraw()
        if self.handover.unsettled:
            self.handover.settle([])
        if self.has_claims:
            with transaction() as session:
                letters.release(session, self.name, self.claimed)
            self.has_claims = False

    def spare_others(self) -> None:
        """After a fault: when it was the database that was gone, claims that ran out may be of workers that live.

        One of them may know of a letter that it was taken, and has only not been able to write it down.
        """
        self.spares_others_until = clock.monotonic() + SPARED

    def claim(self) -> list[str]:
        self.has_claims, self.claimed = True, ()  # from here on it may, whatever becomes of the connection
        self.lease_began = clock.monotonic()
        with transaction() as session:
            claimed = self.claim_in(session, clock.now())
        self.has_claims, self.claimed = bool(claimed), claimed
        return claimed

    def claim_in(self, session: Session, at: datetime) -> list[str]:
        relay = RelayState.the_one(session)
        self.handover.relay_was_clean = relay.is_clean
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
            settlement.set_aside(letter_id, self.name)
            return []

    def send_all(self, envelopes: Sequence[Envelope], *, many: bool = False) -> None:
        """In turn, until the relay is in trouble, the round is over, or the worker is to stop."""
        began, waiting = clock.monotonic(), deque(envelopes)
        while waiting and not self.stop.is_set() and clock.monotonic() - began <= ROUND:
            lines = self.handover.trunk.lines(len(waiting) if many else 1)
            if Verdict.TROUBLE in self.handover.send_together([(line, waiting.popleft()) for line in lines]):
                break

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
        self.handover.trunk.quit()
