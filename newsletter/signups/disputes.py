"""Holding a disputed signup: it is not deleted at its deadline, because somebody may need it as evidence (A4.7).

A hold keeps data, and nothing else (GDPR 18(1), 17(3)(e)): the link dies at its deadline all the same, and at once when
the address's owner has left, cancelled, or asked for silence.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock, ids
from newsletter.columns import Id, Instant
from newsletter.db import Base, among, reader, transaction
from newsletter.errors import SignupUnknown
from newsletter.journal import EntryKind, JournalEntry
from newsletter.signups.signup import Signup, discard
from newsletter.subscriptions import person_lock


class Hold(Base):
    """Who had a signup kept, why, and until when. It names no address, and stays for a time when the signup is gone."""

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    signup_id: Mapped[str] = mapped_column(Id, index=True)
    newsletter: Mapped[str]
    placed_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str]
    actor: Mapped[str]
    ended_because: Mapped[str | None]
    ended_by: Mapped[str | None]

    @property
    def last_day(self) -> date:
        """It ends with this one."""
        return (self.until - timedelta(microseconds=1)).date()


@dataclass(frozen=True, kw_only=True)
class Order:
    """Staff's word: why, and who says so."""

    reason: str
    actor: str

    @property
    def note(self) -> dict[str, str]:
        """As evidence keeps it."""
        return {"reason": self.reason, "actor": self.actor}


def keep(address_key: str, until: datetime, order: Order) -> Sequence[Hold]:
    """Keep every signup of an address that is still there until then. Raises SignupUnknown.

    Repeating it adds to the record; the latest end counts.
    """
    with transaction() as session:
        person_lock(session, address_key)
        mine = select(Signup).where(Signup.address_key == address_key)
        found = session.scalars(mine.order_by(Signup.id).with_for_update()).all()  # or the worker deletes it now
        if not found:
            raise SignupUnknown
        holds = [made(signup, until, order) for signup in found]
        session.add_all(holds)
        session.flush()
        session.expunge_all()
        return holds


def made(signup: Signup, until: datetime, order: Order) -> Hold:
    told = {"placed_at": clock.now(), "until": until, "reason": order.reason, "actor": order.actor}
    return Hold(id=ids.new(), signup_id=signup.id, newsletter=signup.newsletter, **told)


def release(address_key: str, order: Order) -> int:
    """End the holds of an address now; how many. What is past its deadline goes with the next look."""
    with transaction() as session:
        person_lock(session, address_key)
        mine = [signup.id for signup in Signup.of_address(session, address_key)]
        living = and_(Hold.signup_id.in_(mine), Hold.until > clock.now())
        told = {"until": clock.now(), "ended_because": order.reason, "ended_by": order.actor}
        return len(session.execute(update(Hold).where(living).values(told).returning(Hold.id)).all())


def holds() -> Sequence[Hold]:
    """Those that keep something now, the next to end first."""
    with reader() as session:
        kept = exists().where(Signup.id == Hold.signup_id)
        return session.scalars(select(Hold).where(Hold.until > clock.now(), kept).order_by(Hold.until)).all()


def holds_of(address_key: str) -> Sequence[Hold]:
    """Those that keep a signup of this address now, whatever its owner has said since; the next to end first."""
    with reader() as session:
        mine = select(Signup.id).where(Signup.address_key == address_key)
        living = select(Hold).where(Hold.until > clock.now(), Hold.signup_id.in_(mine))
        return session.scalars(living.order_by(Hold.until)).all()


def all_holds_of(session: Session, signups: Collection[Signup]) -> Sequence[Hold]:
    """Every hold of these, those that are over as well; the first to be placed first."""
    mine = Hold.signup_id.in_([signup.id for signup in signups])
    return session.scalars(select(Hold).where(mine).order_by(Hold.placed_at)).all() if signups else []


def held_until(session: Session, address_key: str) -> datetime | None:
    """Until when something of this address is kept in a dispute; None where nothing is."""
    return latest_end(all_holds_of(session, Signup.of_address(session, address_key)))


def latest_end(holds: Iterable[Hold]) -> datetime | None:
    """When the last of these holds ends; None where all have ended."""
    return max((hold.until for hold in holds if hold.until > clock.now()), default=None)


def restate(session: Session, signup_ids: Collection[str], reason: str) -> None:
    """Put this in the place of what staff wrote of these signups, where they are gone: it may be about the person."""
    gone = Hold.signup_id.in_(signup_ids), ~exists().where(Signup.id == Hold.signup_id)
    ended = case((Hold.ended_because.is_not(None), reason))
    session.execute(update(Hold).where(*gone).values(reason=reason, ended_because=ended))


def is_held(at: datetime) -> ColumnElement[bool]:
    """Of a signup: somebody has it kept beyond this instant."""
    return exists().where(Hold.signup_id == Signup.id, Hold.until > at)


def held_among(session: Session, signups: Collection[Signup], at: datetime) -> set[str]:
    """The ids of those that are held; read anew, after their rows or their person were locked."""
    mine = among(Hold.signup_id, [signup.id for signup in signups])
    return set(session.scalars(select(Hold.signup_id).where(mine, Hold.until > at))) if signups else set()


def let_go(session: Session, signups: Collection[Signup]) -> None:
    """Forget signups because the owner of the address has spoken. What is held stays, and its link is dead.

    They stand in the journal by their ids, so that no restore from a backup brings them back (A7.10).
    """
    at = clock.now()
    session.add_all(
        JournalEntry(at=at, kind=EntryKind.LET_GO, contact_id=None, body={"signup": signup.id}) for signup in signups
    )
    held = held_among(session, signups, at)
    discard(session, [signup for signup in signups if signup.id not in held])
    for signup in signups:
        if signup.id in held:
            signup.let_link_die(at)
