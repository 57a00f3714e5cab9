"""A lane: one webhook served by one worker. Lanes know nothing of each other, so a receiver that hangs delays no other.

A lane is a thread that takes turns at the database, and a few more that send. It claims only as much as it can send
at once; so what a push says is seconds old at most, and a claim never waits in a queue.
"""

import secrets
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import BoundedSemaphore, Event

from flask import Flask

from newsletter import clock, config, journal, logs
from newsletter.db import db
from newsletter.errors import WebhookUnknown
from newsletter.feed.webhooks import signing
from newsletter.feed.webhooks.settlement import Landed
from newsletter.feed.webhooks.turn import LEASE, Envelope, has_work, take_turn
from newsletter.outgoing import Answer, Client

SLOTS = 16  # pushes that are on their way to one webhook at once, from one worker
DEADLINE = 15.0  # seconds for one attempt, all in all (E4)
MARGIN = 5.0  # seconds of a claim in which nothing leaves any more
IDLE = 0.25  # seconds between two looks at whether anything has happened
GATHER = 0.02  # seconds in which others may land too, to be settled together
AFTER_FAULT = 2.0  # seconds until a lane that lost its database, or met a fault of ours, tries again
TURNS = BoundedSemaphore(2)  # connections that all lanes together take from the pool, which letters need, too

log = logs.get("webhooks")


class Lane:
    """Whoever makes one runs it, in a thread of its own."""

    def __init__(self, app: Flask, webhook_id: str, stop: Event) -> None:
        settings = config.of(app)
        self.app, self.webhook_id, self.stop = app, webhook_id, stop
        self.name = secrets.token_hex(8)
        self.client = Client(settings.private_targets, SLOTS)
        self.pool = ThreadPoolExecutor(SLOTS, thread_name_prefix="push")
        self.flying: set[Future[Landed]] = set()
        self.landed: list[Landed] = []
        self.is_over = False

    def run(self, *, once: bool = False) -> None:
        """Until told to stop, or the webhook is removed or disabled; `once`: until nothing is due."""
        with self.app.app_context():
            try:
                while self.goes_on():
                    self.step(once)
            finally:
                db.session.remove()
                self.pool.shutdown()
                self.client.close()

    def goes_on(self) -> bool:
        """What is on its way is waited for, and written down."""
        self.is_over = self.is_over or self.stop.is_set()
        return not self.is_over or bool(self.flying or self.landed)

    def step(self, once: bool) -> None:
        self.gather()
        try:
            with TURNS:
                is_busy = self.turn()
        except Exception:  # whatever it is, this receiver is told again later, and the others meanwhile
            log.exception("fault", webhook=self.webhook_id)
            self.after_fault()
            return
        if not (is_busy or self.flying):
            self.is_over = self.is_over or once
            self.stop.wait(0 if self.is_over else IDLE)

    def after_fault(self) -> None:
        """What has landed is settled later; by somebody else, when this worker ends before the fault does."""
        if self.is_over:
            self.landed.clear()
        self.stop.wait(AFTER_FAULT)

    def gather(self) -> None:
        """Wait until something has landed, and a moment for what lands right behind it."""
        if not self.flying:
            return
        if wait(self.flying, timeout=IDLE, return_when=FIRST_COMPLETED).done:
            done, self.flying = wait(self.flying, timeout=GATHER)
            self.landed += [future.result() for future in done]

    def turn(self) -> bool:
        """Settle and claim. False when there was nothing to do, or this database does not know yet who has left."""
        rests = self.is_over or journal.is_restored()
        try:
            if not self.landed and (rests or not has_work(self.webhook_id)):
                return False
            free = 0 if rests else SLOTS - len(self.flying)
            turn = take_turn(self.webhook_id, self.name, self.landed, free)
        except WebhookUnknown:
            self.is_over = True
            self.landed.clear()
            return False
        self.landed.clear()
        self.flying |= {self.pool.submit(self.send, envelope) for envelope in turn.leaving}
        return bool(turn.leaving) or not turn.is_over

    def send(self, envelope: Envelope) -> Landed:
        began = clock.monotonic()
        answer = self.answer(envelope) if self.may_leave(envelope) else None
        latency = int((clock.monotonic() - began) * 1000)
        return Landed(
            push_id=envelope.push_id, attempt=envelope.attempt, answer=answer, latency=latency, at=clock.now()
        )

    def may_leave(self, envelope: Envelope) -> bool:
        """A process may have stood still for a minute; then its claims are another worker's by now."""
        return clock.monotonic() - envelope.claimed_at < LEASE.total_seconds() - DEADLINE - MARGIN

    def answer(self, envelope: Envelope) -> Answer:
        try:
            signed = signing.headers(envelope.push_id, envelope.body, envelope.secrets, clock.now())
            headers = {**signed, "content-type": envelope.media_type}
            return self.client.post(envelope.url, envelope.body, headers, DEADLINE)
        except Exception:  # one push that cannot be made must not keep those behind it from leaving
            log.exception("push not sent", push=envelope.push_id)
            return Answer(status=None, error="fault")
