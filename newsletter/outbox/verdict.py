"""What the relay's answer means: for the letter, for its recipient, or for the relay itself (PRODUCT 4.3)."""

import random
import re
from datetime import timedelta
from enum import StrEnum

from newsletter.outbox.answer import Answer, Step

ENHANCED = re.compile(r"(\A[24]|(?<![\d.])5)\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
"""A status of RFC 3463, and no part of an IP address or of a version, which relays like to quote.

One of another class than the reply's own code is none (RFC 2034 4), unless it stands where a status has to.
"""
ABOUT_RECIPIENT = {"1", "2"}  # RFC 3463: addressing and mailbox status
BARE_RECIPIENT = {550, 551, 552, 553}
"""RFC 5321 4.2.3: as an answer to RCPT and without an enhanced code, these speak of the mailbox."""
WAITS = (3, 8, 16, 32, 64, 128, 240)
"""Minutes until a letter is tried again: the first time, the second, every further time."""
JITTER = 0.25
LONGEST_WAIT = timedelta(minutes=WAITS[-1] * (1 + JITTER))
PROBES = (15, 30, 60)
"""Seconds until a relay in trouble is tried again: the first, the second, every further time."""


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    LATER = "later"  # this letter, again after a while
    REFUSED = "refused"  # this recipient, for good
    TROUBLE = "trouble"  # the relay: no letter is to blame


def judge(answer: Answer) -> Verdict:
    if answer.accepted:
        return Verdict.ACCEPTED
    if answer.step is Step.CONNECT:
        return Verdict.TROUBLE
    if answer.code < 500:
        return Verdict.LATER
    return Verdict.REFUSED if is_about_recipient(answer) else Verdict.TROUBLE


def is_about_recipient(answer: Answer) -> bool:
    if answer.step not in (Step.RCPT, Step.DATA):
        return False
    enhanced = ENHANCED.search(answer.text)
    if enhanced:
        return enhanced[1] == "5" and enhanced[2] in ABOUT_RECIPIENT
    return answer.step is Step.RCPT and answer.code in BARE_RECIPIENT


def wait_after(attempts: int) -> timedelta:
    """How long a letter waits after so many attempts.

    With jitter of a quarter either way, the first retry is within 5 minutes and the second within 15.
    """
    wait = timedelta(minutes=WAITS[min(attempts, len(WAITS)) - 1])
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, guards nothing


def probe_after(failures: int) -> timedelta:
    return timedelta(seconds=PROBES[min(failures, len(PROBES)) - 1])
