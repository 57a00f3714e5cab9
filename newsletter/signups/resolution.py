"""What became of a signup whose row is gone, for as long as its links can still be pressed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Id, Instant
from newsletter.db import Base
from newsletter.errors import LinkDead
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Subscription


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    LEFT = "left"  # its person left the newsletter while it was waiting


class Resolution(Base):
    """Leads from a signup's links to the subscription that they now speak of."""

    __tablename__ = "resolutions"

    signup_id: Mapped[str] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[str] = mapped_column(Id, index=True)
    outcome: Mapped[str]
    key_id: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(Instant)


def behind(session: Session, signup_id: str) -> Signup | Subscription:
    """What a signup's links lead to: the signup while it waits, or what they now speak of. Raises LinkDead."""
    found = session.get(Signup, signup_id) or subscription_of(session, signup_id)
    if found is None or (isinstance(found, Signup) and found.deadline <= clock.now()):
        raise LinkDead
    return found


def mailed_to(session: Session, signup_id: str, found: Signup | Subscription) -> str:
    """The address that the letter of what is behind this signup went to: its person may have moved since."""
    if isinstance(found, Signup):
        return found.address
    return found.subscriber.address_at(session, session.get_one(Resolution, signup_id).at)


def subscription_of(session: Session, signup_id: str) -> Subscription | None:
    """The subscription that this signup became, or that had ended when it was dropped."""
    resolution = session.get(Resolution, signup_id)
    return session.get(Subscription, resolution.contact_id) if resolution else None
