"""The address hashes by which tools that know nothing else are told of a contact, as far as they may still be kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, select, type_coerce, update
from sqlalchemy.orm import Session

from newsletter import addresses
from newsletter.changes.change import HAS_MATCH, IS_MOVE, Change


def match_of(contact_id: str, address: str) -> dict[str, str]:
    """Whom a change is about, for tools that know only addresses (PRODUCT 5.2)."""
    return {"id": contact_id, "email_sha256": addresses.sha256(address)}


def of_contacts(session: Session, contact_ids: Sequence[str]) -> Sequence[Change]:
    """What the feed has told of these contacts, in order."""
    theirs = select(Change).where(Change.contact_id.in_(contact_ids))
    return session.scalars(theirs.order_by(Change.tx, Change.id)).all()


def hashes(session: Session, contact_id: str) -> set[str]:
    """Of the addresses that a contact has had, as far as the log still knows them."""
    known = of_contacts(session, [contact_id])
    return {found["email_sha256"] for change in known for found in (change.match, change.previous_match) if found}


def moved_from(session: Session, newsletter: str, email_sha256: str) -> str | None:
    """The contact that last moved away from this address, as far as the log still knows it."""
    before = type_coerce(Change.previous_match, Text)
    theirs = select(Change.contact_id).where(Change.newsletter == newsletter, before.contains(email_sha256))
    return session.scalar(theirs.where(IS_MOVE).order_by(Change.tx.desc(), Change.id.desc()).limit(1))


def forget_matches(session: Session, before: datetime, most: int) -> int:
    """Remove the address hashes of some changes older than they may be kept; how many."""
    outdated = select(Change.id).where(Change.at <= before, HAS_MATCH).limit(most).with_for_update(skip_locked=True)
    gone = session.scalars(outdated).all()
    session.execute(update(Change).where(Change.id.in_(gone)).values(match=None, previous_match=None))
    return len(gone)
