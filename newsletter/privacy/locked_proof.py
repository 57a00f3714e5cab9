"""The proof of somebody who was erased: kept to meet claims, and shut away until its term ends (A7.4 to A7.6)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock, keyring, mailboxes
from newsletter.as_it_stands import as_it_stands
from newsletter.columns import Id, Instant
from newsletter.consent import (
    CLAIMED,
    IS_LAST,
    Act,
    Evidence,
    EvidenceValue,
    Fault,
    as_table,
    remove_chains,
    remove_values,
)
from newsletter.db import Base, reader, transaction
from newsletter.mailboxes import MailAside
from newsletter.privacy.batches import BATCH
from newsletter.privacy.leavers import kept_since
from newsletter.subscriptions import Subscriber

RULE = "erasure"
PURPOSE = "locked proof"
CUT_OFF = "the erasure of its person is not on record"
TERM_CHANGED = "the term of its locked proof is not the one on record"
NOT_FOUND = "its address does not lead to the locked proof"
FOUND_ELSEWHERE = "an address that is not on record leads to the locked proof"
LEFT_ALONE = "neither a person nor a locked proof leads to it"
AHEAD = timedelta(days=1)
"""Who left by a clock that was ahead left, as far as dates tell, after they were erased: no proof goes early for it."""


class LockedProof(Base):
    """Leads from an address to the evidence of whom it belonged to. The address stands here as a keyed hash."""

    __tablename__ = "locked_proofs"

    subscriber_id: Mapped[str] = mapped_column(Id, primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True, index=True)
    key_id: Mapped[str]
    erased_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant, index=True)


def locked_proofs(session: Session, address_key: str) -> Sequence[LockedProof]:
    """Of one address, the oldest first: who came back may have been erased more than once. The reading is journaled."""
    hashes = keyring.keyed_hashes(PURPOSE, address_key)
    wanted = select(LockedProof).where(LockedProof.hash.in_(hashes))
    return session.scalars(wanted.order_by(LockedProof.erased_at)).all()


def lock_away(session: Session, subscriber: Subscriber, at: datetime, until: datetime) -> None:
    """Leave of a person's evidence what a claim turns on, findable by who knows one of the addresses."""
    said = of_person(session, subscriber.id)
    remove_values(session, [(v.subscriber_id, v.seq, v.field) for v in said if v.field not in CLAIMED], RULE)
    known = {v.value.lower() for v in said if v.field == "address" and v.value} | {subscriber.address_key}
    row = {"subscriber_id": subscriber.id, "key_id": keyring.newest().id, "erased_at": at, "until": until}
    session.add_all(LockedProof(**row, hash=keyring.keyed_hash(PURPOSE, address)) for address in sorted(known))


def of_person(session: Session, subscriber_id: str) -> Sequence[EvidenceValue]:
    return session.scalars(select(EvidenceValue).where(EvidenceValue.subscriber_id == subscriber_id)).all()


def locked_faults(session: Session, subscriber_ids: Sequence[str]) -> Iterator[Fault]:
    """Locked proofs of these people that do not end with the erasure: nothing is written behind it (A7.5).

    And whose term was changed, and chains that nothing leads to any more, or another address than theirs: nobody would
    find them to meet a claim, and no term would end them.
    """
    mine = LockedProof.subscriber_id == Evidence.subscriber_id
    locked = exists().where(mine)
    known = exists().where(Subscriber.id == Evidence.subscriber_id)
    ends = select(Evidence.subscriber_id, Evidence.seq).where(IS_LAST, Evidence.subscriber_id.in_(subscriber_ids))
    faulty = {CUT_OFF: ends.where(locked, Evidence.act != Act.ERASED), LEFT_ALONE: ends.where(~locked, ~known)}
    for sentence, found in faulty.items():
        for end in session.execute(found):
            yield Fault(subscriber_id=end.subscriber_id, seq=end.seq, sentence=sentence)
    terms = as_it_stands(Evidence.facts), as_it_stands(LockedProof.until)
    for end in session.execute(ends.add_columns(*terms).join(LockedProof, mine).distinct()):
        until = clock.iso(end.until)
        if as_table(end.facts).get("kept_until", until) != until:
            yield Fault(subscriber_id=end.subscriber_id, seq=end.seq, sentence=TERM_CHANGED)
    yield from astray(session, subscriber_ids)


def astray(session: Session, subscriber_ids: Sequence[str]) -> Iterator[Fault]:
    """Who asks for the locked proof of an address would get none, or somebody else's."""
    proof, value, met = LockedProof, EvidenceValue, set()
    proofs = select(proof.subscriber_id, proof.hash).where(proof.subscriber_id.in_(subscriber_ids))
    ways = {(row.subscriber_id, row.hash) for row in session.execute(proofs)}
    known = select(*map(as_it_stands, (value.subscriber_id, value.seq, value.value)))
    mine = known.where(value.subscriber_id.in_({who for who, _ in ways}))
    for row in session.execute(mine.where(value.field == "address", value.value.is_not(None))):
        names = {(row.subscriber_id, name) for name in keyring.keyed_hashes(PURPOSE, row.value.lower())}
        if not names & ways:
            yield Fault(subscriber_id=row.subscriber_id, seq=row.seq, sentence=NOT_FOUND)
        met |= names
    for subscriber_id, _ in sorted(ways - met):
        yield Fault(subscriber_id=subscriber_id, seq=0, sentence=FOUND_ELSEWHERE)


def forget_mails_of_the_erased() -> int:
    """Delete what was set aside before somebody whom it names was erased; how many. The web may not read such mail."""
    with reader() as session:
        since = select(func.min(MailAside.at)).scalar_subquery()
        last = select(LockedProof.hash, func.max(LockedProof.erased_at)).group_by(LockedProof.hash)
        erased = dict(session.execute(last.where(LockedProof.erased_at >= since)).all())
        mails = session.execute(select(MailAside.id, MailAside.at, MailAside.raw)).all() if erased else ()
    # Looked through while nothing is open: strangers' mails may take their time.
    found = [id for id, at, raw in mails if any(erased.get(name, at) > at for name in names_in(raw))]
    with transaction() as session:
        mailboxes.forget_aside(session, found)
    return len(found)


def names_in(mail: bytes) -> Iterator[str]:
    """As locked proofs know whoever this mail names."""
    for address in mailboxes.addresses_in(mail):
        yield from keyring.keyed_hashes(PURPOSE, address)


def destroy_locked() -> int:
    """Destroy some of the locked proofs whose term is over (A7.7); how many.

    A term that is shorter by now holds for them, too: the longest of the newsletters', for the row names none, and from
    when they were erased, for it does not tell when they had left.
    """
    with transaction() as session:
        at = clock.now()
        is_over = or_(LockedProof.until <= at, LockedProof.erased_at <= min(kept_since(at).values()) - AHEAD)
        over = select(LockedProof).where(is_over).limit(BATCH)
        due = session.scalars(over.with_for_update(skip_locked=True)).all()
        chains = sorted({proof.subscriber_id for proof in due})
        remove_chains(session, chains, RULE)
        session.execute(delete(LockedProof).where(LockedProof.subscriber_id.in_(chains)))
        return len(due)
