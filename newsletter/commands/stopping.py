"""Ending on a signal: what is under way is finished, but a relay that keeps silent is not waited for."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from newsletter import clock, logs
from newsletter.errors import NewsletterError
from newsletter.outbox import Courier

GRACE = 5.0  # seconds for an answer that is awaited; containers are killed 10 after the signal
AGAIN = 1.0  # seconds until a later answer is cut short, too

log = logs.get("worker")


def stop_on_signal() -> threading.Event:
    """What SIGTERM and SIGINT set."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stop.set).start()  # the thread that was interrupted may hold the event's own lock
        signal.setitimer(signal.ITIMER_REAL, GRACE, AGAIN)

    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


@contextmanager
def cut_short(courier: Courier) -> Iterator[None]:
    """Within the block, what the courier awaits from the relay is cut short a grace after the signal."""

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        courier.handover.trunk.cut_short()

    signal.signal(signal.SIGALRM, on_alarm)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def part(courier: Courier) -> None:
    """Write down what was sent and give back what was not. A database that is gone may be back in a moment."""
    until = clock.monotonic() + GRACE
    while True:
        try:
            return courier.close()
        except SQLAlchemyError:
            log.exception("claims not given back")  # they run out by themselves
            if not courier.handover.unsettled or clock.monotonic() > until:
                return None
            time.sleep(AGAIN)


def at_last(step: Callable[[], object], trouble: str) -> None:
    """Done once more before the end. Where that fails, the next process does it."""
    try:
        step()
    except (NewsletterError, SQLAlchemyError):
        log.exception(trouble)
