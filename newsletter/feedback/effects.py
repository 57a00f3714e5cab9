"""What comes back only ever reduces (B4.4): it ends, suspends, or notes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter import clock, signups, subscriptions
from newsletter.consent import Act
from newsletter.subscriptions import Cause, Subscription


@dataclass(frozen=True, kw_only=True)
class Happening:
    """That something happened to a contact's mail, within a transaction that holds the person's lock.

    Each effect may be repeated, and gives back whether the contact left the list by it.
    """

    session: Session
    contact: Subscription
    cause: Cause
    at: datetime
    skew: timedelta = timedelta()
    """How far the clock that told `at` may be behind ours."""

    @property
    def is_stale(self) -> bool:
        """It tells of a time before this subscription was confirmed, so it is about an earlier one."""
        return self.was_before(self.contact.confirmed_at)

    def was_before(self, instant: datetime) -> bool:
        """Not before what a clock that was far ahead has dated: nobody waits until that time has come."""
        return not clock.is_far_ahead(instant) and self.at + self.skew < whole_second(instant)

    def hard_bounce(self) -> bool:
        """One is enough, unless the address has been proven to work since."""
        if self.was_before(self.proven_at):
            return False
        return self.suspend("hard bounce")

    def soft_bounce(self) -> bool:
        """Several on different days are as good as a hard one."""
        proven_at = self.proven_at
        if self.was_before(proven_at):
            return False
        enough = subscriptions.bounced_softly(self.session, self.contact, self.at.date(), proven_at.date())
        return enough and self.suspend("soft bounces")

    def complaint(self) -> bool:
        """Called spam: the subscription and the tracking end at once (B4.3)."""
        return self.end(Act.COMPLAINED)

    def unsubscribed(self) -> bool:
        return self.end(Act.UNSUBSCRIBED)

    def used(self) -> bool:
        """A consent that is used does not lapse (A2.14)."""
        self.contact.used(self.at.date())
        return False

    @property
    def proven_at(self) -> datetime:
        return subscriptions.proven_at(self.session, self.contact)

    def suspend(self, reason: str) -> bool:
        return subscriptions.suspend(self.session, self.contact, self.cause.noting({"reason": reason}))

    def end(self, act: Act) -> bool:
        """As by any other door."""
        return signups.end_one(self.session, self.contact, act, self.cause)


def whole_second(instant: datetime) -> datetime:
    """Many tools know no fractions of a second."""
    return instant.replace(microsecond=0)
