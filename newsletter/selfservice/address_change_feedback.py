"""What comes back of the letters about a change of address: each tells of one mailbox, not of the other (B4.2)."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from newsletter.db import reader, transaction
from newsletter.selfservice.address_change import AddressChange
from newsletter.selfservice.moving import forget_changes, let_changes_go


def give_up(change_id: str) -> bool:
    """The letter to the new address cannot arrive, so the wish for it goes. False when it waits no more."""
    return drop(change_id, forget_changes)


def object_to(change_id: str) -> bool:
    """One of the two letters was called spam: the wish goes, and no restore brings it back. False as above."""
    return drop(change_id, let_changes_go)


def drop(change_id: str, by: Callable[[Session, Sequence[AddressChange]], None]) -> bool:
    with transaction() as session:
        found = session.get(AddressChange, change_id, with_for_update=True)
        if found is None or found.is_confirmed:
            return False
        by(session, [found])
        return True


def contacts_of(change_id: str) -> list[str]:
    """The contact that asked for this change."""
    with reader() as session:
        found = session.get(AddressChange, change_id)
        return [found.contact_id] if found else []


def still_waits(session: Session, change_id: str) -> bool:
    """Whether it is there and unconfirmed, so that its contact has the old address."""
    found = session.get(AddressChange, change_id)
    return found is not None and not found.is_confirmed
