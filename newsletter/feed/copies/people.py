"""Whom a tool mails, and as whom: one person of the tool may be several contacts of ours."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from newsletter.feed.copies.copy import MAILED, Copy, Held
from newsletter.subscriptions import Subscription

STAYS = (Copy.held.in_(MAILED), Copy.erased.is_not(true()), Copy.stray.is_not(true()))
"""Of a copy: the tool mails this contact, and is to go on."""


def mailed_as(session: Session, remote_id: str, account: Iterable[str], besides: str) -> set[str]:
    """The connectors of this account through which the same person of the tool is mailed as another contact of ours."""
    others = select(Copy.connector).where(
        Copy.remote_id == remote_id, Copy.connector.in_(list(account)), Copy.contact_id != besides, *STAYS
    )
    return set(session.scalars(others))


def of_others(session: Session, remote_id: str, account: Iterable[str], contact_id: str) -> Sequence[Copy]:
    """Copies by which this account mails another person of ours as the same person of the tool."""
    mine = select(Subscription.subscriber_id).where(Subscription.id == contact_id).scalar_subquery()
    of_another = (
        select(Copy)
        .join(Subscription, Subscription.id == Copy.contact_id)
        .where(
            Copy.remote_id == remote_id, Copy.connector.in_(list(account)), *STAYS, Subscription.subscriber_id != mine
        )
    )
    return session.scalars(of_another).all()


def mailed(session: Session, connector: str) -> int:
    """How many the tool mails."""
    held = Copy.connector == connector, Copy.held.in_(MAILED)
    return session.scalar(select(func.count()).select_from(Copy).where(*held)) or 0


def left_as(session: Session, remote_id: str, connector: str) -> bool:
    """Whether this connector has put off the same person of the tool before."""
    before = select(Copy.contact_id).where(
        Copy.remote_id == remote_id, Copy.connector == connector, Copy.held == Held.LEFT
    )
    return session.scalar(before.limit(1)) is not None
