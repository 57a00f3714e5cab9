"""What a worker has to do beside its letters, each thing at its own pace."""

import math
from collections.abc import Callable
from functools import partial

from newsletter import changes, clock, feed, feedback, journal, outbox, privacy
from newsletter.commands.rules import all_of, rules
from newsletter.consent import Anchoring
from newsletter.db import wipe_log

EXPIRE_EVERY = 30.0  # seconds
REALIGN_EVERY = 60.0  # seconds
ANCHOR_EVERY = 300.0  # seconds between two looks whether the day has its anchor
FORGET_EVERY = 600.0  # seconds
WIPE_EVERY = 30.0  # seconds that a file may show what its tables no longer hold
PROBE_EVERY = 60.0  # seconds between two looks whether a test mail is due
BRING_EVERY = 300.0  # seconds
PACE = {"signups": EXPIRE_EVERY, "unused": 3600.0}
"""Seconds between two looks of rules that are more pressing than the others, or look at everybody."""
SLOW = "mails"
"""The rule that looks through strangers' mail: letters are not to wait for that."""
ONCE = math.inf
AGAIN = 60.0  # seconds


class Duty:
    """Something to be done every so many seconds, on a clock that nobody sets."""

    def __init__(self, every: float, step: Callable[[], int]) -> None:
        self.every, self.step = every, step
        self.next = clock.monotonic()

    def do_if_due(self) -> None:
        """One step. After a full batch the next is due at once, when the letters have had their turn.

        A step that fails waits its time, too, so that those behind it are not kept from theirs; of one that is to be
        done once that is a minute.
        """
        if clock.monotonic() >= self.next:
            self.next = clock.monotonic() + (AGAIN if self.every == ONCE else self.every)
            is_full = self.step() >= privacy.BATCH
            self.next = clock.monotonic() + (0 if is_full else self.every)


def duties() -> list[Duty]:
    return [
        Duty(REALIGN_EVERY, realign_feed),
        Duty(ONCE, write_journal),
        Duty(PROBE_EVERY, probe),
        Duty(BRING_EVERY, bring_forward),
        Duty(ANCHOR_EVERY, partial(anchor, Anchoring())),
        *(Duty(PACE.get(rule.name, FORGET_EVERY), rule) for rule in rules() if rule.name != SLOW),
        Duty(WIPE_EVERY, wipe_log),
    ]


def look_through_mail() -> int:
    return sum(all_of(rule) for rule in rules() if rule.name == SLOW)


def realign_feed() -> int:
    """A database that was restored into another server goes on where its feed's readers are (PRODUCT 4.13)."""
    changes.realign()
    return 0


def bring_forward() -> int:
    """What a clock that was far ahead has put off is due now (G2)."""
    return outbox.bring_forward() + feed.bring_forward()


def probe() -> int:
    """From a database that was restored not even a test mail leaves."""
    return 0 if journal.is_restored() else feedback.send_probe()


def anchor(anchoring: Anchoring) -> int:
    """A page of the day's anchor (PRODUCT 4.8). A restored database first learns what it has missed."""
    return 0 if journal.is_restored() else anchoring.step()


def anchor_all() -> None:
    anchoring = Anchoring()
    while anchor(anchoring):
        pass


def write_journal() -> int:
    total = 0
    while done := journal.write():
        total += done
    return total
