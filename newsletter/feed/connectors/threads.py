"""A thread for each connector in every worker: a tool that hangs delays no other tool, and no letter."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Event

from flask import Flask

from newsletter import logs
from newsletter.beside import beside
from newsletter.feed.connectors.calling import ENDING
from newsletter.feed.connectors.runner import Runner

IDLE = 1.0  # seconds between two looks for changes
AFTER_FAULT = 5.0  # seconds
RENEW_EVERY = 10.0  # seconds; a lease lasts 40

log = logs.get("connectors")


@contextmanager
def running(app: Flask, runners: Sequence[Runner]) -> Iterator[None]:
    """Until the block ends, and everybody has finished what they are about."""
    with renewing(app, runners), beside(app, *(partial(take_turns, runner) for runner in runners)):
        yield


def run_once(app: Flask, runners: Sequence[Runner], stop: Event) -> None:
    """All that is due, then end."""
    ENDING.set(stop)
    with renewing(app, runners):
        for runner in runners:
            while not stop.is_set() and attempt(runner, runner.turn):
                pass
            attempt(runner, runner.release)


def renewing(app: Flask, runners: Sequence[Runner]) -> AbstractContextManager[None]:
    def renew(over: Event) -> None:
        while not over.wait(RENEW_EVERY):
            for runner in runners:
                attempt(runner, runner.renew)

    return beside(app, *([renew] if runners else []))


def take_turns(runner: Runner, over: Event) -> None:
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
