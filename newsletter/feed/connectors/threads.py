"""A thread for each connector in every worker: a tool that hangs delays no other tool, and no letter."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from flask import Flask

from newsletter import logs
from newsletter.feed.connectors.calling import ENDING
from newsletter.feed.connectors.runner import Runner

IDLE = 1.0  # seconds between two looks for changes
AFTER_FAULT = 5.0  # seconds
RENEW_EVERY = 10.0  # seconds; a lease lasts 40

log = logs.get("connectors")


@contextmanager
def running(app: Flask, runners: Sequence[Runner]) -> Iterator[None]:
    """Until the block ends, and everybody has finished what they are about."""
    over = threading.Event()
    with renewing(app, runners), threads(app, [partial(take_turns, runner, over) for runner in runners]):
        try:
            yield
        finally:
            over.set()


def run_once(app: Flask, runners: Sequence[Runner], stop: threading.Event) -> None:
    """All that is due, then end."""
    ENDING.set(stop)
    with renewing(app, runners):
        for runner in runners:
            while not stop.is_set() and attempt(runner, runner.turn):
                pass
            attempt(runner, runner.release)


@contextmanager
def renewing(app: Flask, runners: Sequence[Runner]) -> Iterator[None]:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_EVERY):
            for runner in runners:
                attempt(runner, runner.renew)

    with threads(app, [renew] if runners else []):
        try:
            yield
        finally:
            over.set()


@contextmanager
def threads(app: Flask, deeds: Sequence[Callable[[], None]]) -> Iterator[None]:
    def do(deed: Callable[[], None]) -> None:
        with app.app_context():
            deed()

    started = [threading.Thread(target=do, args=(deed,), daemon=True) for deed in deeds]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        for thread in started:
            thread.join()


def take_turns(runner: Runner, over: threading.Event) -> None:
    ENDING.set(over)
    while not over.is_set():
        handled = attempt(runner, runner.turn)
        over.wait(AFTER_FAULT if handled is None else 0 if handled else IDLE)
    attempt(runner, runner.release)


def attempt(runner: Runner, deed: Callable[[], int | None]) -> int | None:
    """None where it failed: a fault of ours, or of the database, is waited out."""
    try:
        return deed() or 0
    except Exception:
        log.exception("fault", connector=runner.name)
        return None
