"""The goodbye: a receipt by letter for who has left, where the catalogue asks for one (A6.9)."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter import catalog
from newsletter.outbox import Letter
from newsletter.signups.letter_kinds import LetterKind
from newsletter.subscriptions import Channel, Status, Subscription

ASKED_BY_THE_PERSON = frozenset(
    {Channel.ONE_CLICK, Channel.PAGE, Channel.ME, Channel.MANAGE, Channel.API, Channel.STAFF, Channel.MAIL}
)
"""Doors through which people leave. Whoever wants silence is not written to; nor is who left in the tool, which answers
by itself, nor whose consent has lapsed, nor who left before a restore."""


def is_due(subscription: Subscription, channel: Channel) -> bool:
    """Whether ending this now is worth a letter: not to an address that bounces, nor to who is restricted (A8.5)."""
    asked_for = catalog.current().newsletter(subscription.newsletter).goodbye
    return asked_for and channel in ASKED_BY_THE_PERSON and subscription.status == Status.SUBSCRIBED


def withdraw(session: Session, subscription: Subscription) -> None:
    """Drop the letter if it has not left: since then the person has said that they do not want any."""
    session.execute(delete(Letter).where(Letter.contact_id == subscription.id, Letter.kind == LetterKind.GOODBYE))
