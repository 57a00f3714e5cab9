"""`flask worker`: sends letters, deletes what nobody confirmed, forgets what has passed its term."""

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from newsletter import changes, clock, jobs, logs, outbox, privacy, selfservice, signups
from newsletter.commands.start import refuse_lost_keys
from newsletter.db import transaction

IDLE = 0.5  # seconds between two looks at an empty outbox
EXPIRE_EVERY = 30.0  # seconds
FORGET_EVERY = 600.0  # seconds
ONCE = math.inf
RENEW_EVERY = 10.0  # seconds; a lease lasts 40
AFTER_FAULT = 2.0  # seconds until a worker that lost its database, or met a fault of ours, tries again

log = logs.get("worker")


@click.command()
@click.option("--once", is_flag=True, help="Do all that is due, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Send, push, delete: until told to stop."""
    refuse_lost_keys()
    stop = stop_on_signal()
    courier = outbox.Courier(selfservice.Author(), stop)
    with renewing(courier):
        if once:
            do_all_that_is_due(courier, stop)
        else:
            run_until_told(courier, stop)


@click.command()
def purge() -> None:
    """Delete now what is past its deadline or term."""
    for job, done in forget().items():
        click.echo(f"{job}: {done}")


def realign_feed() -> int:
    """A database that was restored into another server goes on where its feed's readers are (PRODUCT 4.13)."""
    with transaction() as session:
        changes.realign(session)
        return 0


def do_all_that_is_due(courier: outbox.Courier, stop: threading.Event) -> None:
    try:
        realign_feed()
        while not stop.is_set() and courier.deliver_due():
            pass
        forget()
    finally:
        courier.close()


def forget() -> dict[str, int]:
    return {"signups": expire_all(), **{rule: run(rule, step) for rule, step in privacy.RULES.items()}}


def expire_all() -> int:
    total = 0
    while done := signups.expire():
        total += done
    jobs.record("signups", total)
    return total


def run(job: str, step: Callable[[], int]) -> int:
    done = step()
    jobs.record(job, done)
    return done


def run_until_told(courier: outbox.Courier, stop: threading.Event) -> None:
    """Two clocks beside the letters: one for deadlines, one for terms. A fault of the database is waited out."""
    duties = [
        Duty(ONCE, realign_feed),
        Duty(EXPIRE_EVERY, expire_all),
        Duty(FORGET_EVERY, lambda: sum(forget().values())),
    ]
    log.info("worker started", worker=courier.name)
    while not stop.is_set():
        try:
            handled = courier.deliver_due()
            for duty in duties:
                duty.do_if_due()
            stop.wait(0 if handled else IDLE)
        except Exception:
            log.exception("fault")
            stop.wait(AFTER_FAULT)
    courier.close()
    log.info("worker stopped", worker=courier.name)


class Duty:
    """Something to be done every so many seconds, on a clock that nobody sets."""

    def __init__(self, every: float, step: Callable[[], int]) -> None:
        self.every, self.step = every, step
        self.next = clock.monotonic()

    def do_if_due(self) -> None:
        if clock.monotonic() >= self.next:
            self.step()
            self.next = clock.monotonic() + self.every


def stop_on_signal() -> threading.Event:
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stop.set).start()  # the thread that was interrupted may hold the event's own lock

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


@contextmanager
def renewing(courier: outbox.Courier) -> Iterator[None]:
    """A relay may take longer over one answer than a claim lasts, so claims are renewed beside it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_EVERY):
            with app.app_context():
                try:
                    courier.renew()
                except SQLAlchemyError:
                    log.exception("claims not renewed")

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
