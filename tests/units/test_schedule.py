"""When a push is tried again, and when a receiver in trouble is (E4); when a letter is (PRODUCT 4.3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.feed.webhooks import schedule
from newsletter.outbox.verdict import wait_after
from newsletter.outgoing import wait_asked_for

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
WITHIN = st.integers(0, 3 * 86400 - 1).map(lambda seconds: timedelta(seconds=seconds))


def wait(attempts: int, since: timedelta = timedelta(), *, is_urgent: bool = False) -> float | None:
    """Seconds until the next attempt, so long after the first one."""
    at = START + since
    found = schedule.next_attempt(attempts, tried_at=START, at=at, is_urgent=is_urgent)
    return (found - at).total_seconds() if found else None


@given(attempts=st.integers(1, 1000), since=WITHIN)
def test_waits_grow_with_jitter_and_never_exceed_an_hour_and_a_bit(attempts: int, since: timedelta) -> None:
    """E4"""
    found = wait(attempts, since)

    usual = schedule.WAITS[min(attempts, len(schedule.WAITS)) - 1]
    assert found is not None
    assert 0.8 * usual <= found <= 1.2 * usual


@given(attempts=st.integers(1, 1000), since=WITHIN)
def test_a_withdrawal_never_waits_long(attempts: int, since: timedelta) -> None:
    """It is tried every minute, and after an hour every ten."""
    found = wait(attempts, since, is_urgent=True)

    longest = 60 if since <= timedelta(hours=1) else 600
    usual = min(schedule.WAITS[min(attempts, len(schedule.WAITS)) - 1], longest)
    assert found is not None
    assert 0.8 * usual <= found <= 1.2 * usual


@given(attempts=st.integers(1, 1000), is_urgent=st.booleans(), more=st.integers(0, 10**6))
def test_after_three_days_and_seven_attempts_it_is_given_up(attempts: int, is_urgent: bool, more: int) -> None:
    found = wait(attempts, timedelta(days=3, seconds=more), is_urgent=is_urgent)

    assert (found is None) == (attempts >= 7)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({wait(3) for _ in range(50)}) > 40


def test_a_receiver_that_is_down_is_probed_twice_a_minute_at_most() -> None:
    rests = [(schedule.rest(failures, START) - START).total_seconds() for failures in range(5, 3000)]

    assert rests[:3] == [2, 4, 8]
    assert max(rests) == 30


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999999999999999999", None),
        ("9" * 5000, None),
        ("Mon, 23 Nov 2026 09:05:00 GMT", 300),
        ("Mon, 23 Nov 2026 09:05:00", 300),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0),
        ("Mon, 23 Nov 2099 08:00:00 GMT", 86400),
        ("172800", 86400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(told: str, seconds: float | None) -> None:
    """E4"""
    found = wait_asked_for(told, START, timedelta(days=1))

    assert (None if found is None else found.total_seconds()) == seconds


def test_without_retry_after_nothing_is_asked() -> None:
    assert wait_asked_for(None, START, timedelta(days=1)) is None


@given(attempts=st.integers(1, 1000))
def test_a_letter_is_tried_again_every_few_hours_however_often_it_has_been(attempts: int) -> None:
    longest = timedelta(minutes=(5, 11)[attempts - 1] if attempts <= 2 else 300)

    assert timedelta(minutes=2) < wait_after(attempts) <= longest
    assert attempts < 10 or wait_after(attempts) >= timedelta(hours=3)
