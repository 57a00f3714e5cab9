"""Another address: asked for at the old one, confirmed at the new one, and only then so (A8.4, PRODUCT 4.6)."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from newsletter import catalog, clock, config, guard, ids, journal, keyring, metrics, outbox
from newsletter.addresses import EmailAddress
from newsletter.config import Limit
from newsletter.db import reader, transaction
from newsletter.errors import FieldsInvalid, LimitReached
from newsletter.guard import LetterHit
from newsletter.journal import JournalEntry
from newsletter.outbox import Letter, State
from newsletter.selfservice.address_change import IS_PENDING, AddressChange
from newsletter.selfservice.letter_kinds import LetterKind
from newsletter.selfservice.letter_limits import change_keys, room_from
from newsletter.subscriptions import IS_LIVING, Cause, Status, Subscriber, Subscription, locked

LIMITS = (Limit(most=5, seconds=86400),)
"""Each wish mails somebody who may be a stranger, so one person has so many of them."""
SAME = "This is the address that you have already."
RESTRICTED = "While the use of your data is restricted, the address cannot be changed."


def change_address(contact_id: str, address: EmailAddress, cause: Cause) -> None:
    """Ask for another address: a letter to the new one, a notice to the old one, and nothing is changed yet.

    The answer is the same whatever is known of the new address; the worker decides whether its letter leaves (C5).
    A newer wish takes the place of an older one. The same again is that one still while the person has wished as often
    as letters may leave to one address, so that a double click does not kill the link on its way. Raises
    ContactUnknown, SubscriptionOver, FieldsInvalid for the person's own address, or LimitReached.
    """
    with transaction() as session:
        contact = locked(session, contact_id)
        contact.refuse_when_over()
        if address.key == contact.subscriber.address_key:
            raise FieldsInvalid({"email": [SAME]})
        if objection := guard.objection(address):
            raise FieldsInvalid({"email": [objection]})
        if not may_move(Subscription.all_living(session, contact.subscriber_id)):
            raise FieldsInvalid({"email": [RESTRICTED]})
        if not is_under_way(session, contact.subscriber_id, address):
            count(session, contact.subscriber_id)
            drop_pending(session, contact.subscriber_id)
            store(session, contact, address, cause)


def may_move(living: Sequence[Subscription]) -> bool:
    """Whether who has these living subscriptions may get another address: not who has left, nor who is restricted."""
    return bool(living) and not any(contact.status == Status.RESTRICTED for contact in living)


def is_under_way(session: Session, subscriber_id: str, address: EmailAddress) -> bool:
    """Whether this address has a link already, or is about to get one, that no other shall take the place of now.

    It goes by the person's own wishes alone. Anything else that letters to the address are counted by, or what the
    worker has decided, would tell of the address in a notice more or less (C5).
    """
    pending = AddressChange.pending(session, subscriber_id)
    if pending is None or pending.address_key != address.key:
        return False
    letter, at = session.get(Letter, pending.letter_id), clock.now()
    is_new = letter is not None and letter.state == State.WAITING
    return is_new or room_from(session, (change_keys(subscriber_id), config.current().limit_address), at) > at


def count(session: Session, subscriber_id: str) -> None:
    at, keys = clock.now(), change_keys(subscriber_id)
    if room_from(session, (keys, LIMITS), at) > at:
        metrics.RATE_LIMITED.labels("address_changes").inc()
        raise LimitReached(guard.coarse_wait(LIMITS), {"address-changes": (LIMITS[0], 0)})
    session.add(LetterHit(key=keys[0], at=at))


def store(session: Session, contact: Subscription, address: EmailAddress, cause: Cause) -> None:
    """The wish with both its letters."""
    letter = draft(contact, LetterKind.NEW_ADDRESS, address.mailed)
    notice = draft(contact, LetterKind.ADDRESS_NOTICE, contact.subscriber.address)
    validity = catalog.current().newsletter(contact.newsletter).link_validity  # as long as a signup's link
    session.add_all([letter, notice])
    session.add(
        AddressChange(
            id=ids.new(),
            subscriber_id=contact.subscriber_id,
            contact_id=contact.id,
            letter_id=letter.id,
            notice_id=notice.id,
            key_id=keyring.newest().id,
            typed=address.typed,
            address=address.mailed,
            address_key=address.key,
            channel=cause.channel.value,
            ip=cause.visit.ip,
            told_by=cause.visit.told_by,
            note=dict(cause.note),
            asked_at=clock.now(),
            deadline=clock.now() + validity,
        )
    )


def tell_lifted(session: Session, contact: Subscription) -> None:
    """A letter to the person, in the caller's transaction: what was restricted is used again (A8.5)."""
    session.add(draft(contact, LetterKind.RESTRICTION_LIFTED, contact.subscriber.address))


def draft(contact: Subscription, kind: LetterKind, address: str) -> Letter:
    waiting = outbox.Draft(
        kind=kind,
        contact_id=contact.id,
        newsletter=outbox.NO_NEWSLETTER,
        language=contact.language,
        source=None,
        address=address,
        at=clock.now(),
    )
    return waiting.letter()


def waiting(subscriber_id: str) -> AddressChange | None:
    """The change that waits for this person's confirmation."""
    with reader() as session:
        return AddressChange.pending(session, subscriber_id)


def drop_pending(session: Session, subscriber_id: str) -> None:
    """Forget what waits for a confirmation, in the caller's transaction, with its letters."""
    mine = select(AddressChange).where(AddressChange.subscriber_id == subscriber_id, IS_PENDING)
    let_changes_go(session, session.scalars(mine).all())


def drop_pending_to(session: Session, address_key: str) -> int:
    """Forget whoever's wishes for this address, whose owner is erased; how many there were.

    The owner's own are locked as well, in one order: two may wish for each other's address, and be erased at once.
    """
    own = select(Subscriber.id).where(Subscriber.address_key == address_key)
    both = or_(AddressChange.address_key == address_key, AddressChange.subscriber_id.in_(own))
    session.execute(select(AddressChange.id).where(both).order_by(AddressChange.id).with_for_update())
    wishes = AddressChange.pending_to(session, address_key)
    let_changes_go(session, wishes)
    return len(wishes)


def keep_address(contact_id: str) -> None:
    """Drop the wish for another address. Safe to repeat. Raises ContactUnknown."""
    with transaction() as session:
        drop_pending(session, locked(session, contact_id).subscriber_id)


def let_changes_go(session: Session, changes: Sequence[AddressChange]) -> None:
    """Forget wishes because the owner of one of the two addresses has spoken.

    They stand in the journal by their ids, so that no restore from a backup brings them back (A7.10).
    """
    at, kind = clock.now(), journal.EntryKind.ADDRESS_CHANGE_LET_GO
    session.add_all(
        JournalEntry(at=at, kind=kind, contact_id=None, body={"address_change": change.id}) for change in changes
    )
    forget_changes(session, changes)


def let_change_go_again(change_id: str) -> bool:
    """After a restore: whether a wish waits here again that somebody had dropped."""
    with transaction() as session:
        found = session.scalars(select(AddressChange).where(AddressChange.id == change_id, IS_PENDING)).all()
        forget_changes(session, found)
        return bool(found)


def expire_changes(most: int) -> int:
    """Delete some of what nobody confirmed by its deadline, or whose person has left everything; how many.

    Whoever comes back asks anew: an old link does not live again. Resumable, and safe beside other workers.
    """
    stays = exists().where(Subscription.subscriber_id == AddressChange.subscriber_id, IS_LIVING)
    with transaction() as session:
        due = select(AddressChange).where((AddressChange.deadline <= clock.now()) | ~stays, IS_PENDING).limit(most)
        expired = session.scalars(due.with_for_update(skip_locked=True)).all()
        forget_changes(session, expired)
        return len(expired)


def forget_changes(session: Session, changes: Sequence[AddressChange]) -> None:
    """The wish before its letters, as whoever is erased deletes them: so that nobody waits in a circle."""
    letters = [letter_id for change in changes for letter_id in (change.letter_id, change.notice_id)]
    session.execute(delete(AddressChange).where(AddressChange.id.in_([change.id for change in changes])))
    session.execute(delete(Letter).where(Letter.id.in_(letters)))


def forget_letters() -> int:
    """Delete answered letters about people, but for the one that a waiting change will name as evidence; how many."""
    own = Letter.kind.in_([kind.value for kind in LetterKind])
    needed = exists().where(AddressChange.letter_id == Letter.id, IS_PENDING)
    with transaction() as session:
        gone = delete(Letter).where(own, outbox.is_over(session), ~needed)
        return len(session.execute(gone.returning(Letter.id)).all())
