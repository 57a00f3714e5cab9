"""Whoever never pressed the button is deleted, with everything that holds their data (A4.3)."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from newsletter import clock, counts, outbox
from newsletter.counts import Event
from newsletter.db import among, transaction
from newsletter.outbox import Letter, State
from newsletter.signups.disputes import held_among, is_held
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.sent_letters import prove_missed
from newsletter.signups.signup import Signup, discard


def expire(most: int) -> int:
    """Delete some of the signups whose deadline has passed; how many. Resumable, and safe beside other workers."""
    with transaction() as session:
        at = clock.now()
        due = select(Signup).where(Signup.deadline <= at, ~is_held(at)).order_by(Signup.deadline).limit(most)
        mine = session.scalars(due.with_for_update(skip_locked=True)).all()
        held = held_among(session, mine, at)  # somebody may have been faster than our locks
        expired = [signup for signup in mine if signup.id not in held]
        counts.add(session, [counts.row(Event.EXPIRED, signup, at) for signup in expired])
        uncounted = [counts.row(Event.SIGNED_UP, one, one.signed_up_at) for one in undecided(session, expired)]
        counts.add(session, uncounted)
        discard(session, expired)
        return len(expired)


def undecided(session: Session, signups: Sequence[Signup]) -> list[Signup]:
    """Those that no worker has looked at, and so has not counted either: none was there in time."""
    own = among(Letter.signup_id, [signup.id for signup in signups])
    wanted = select(Letter.signup_id).where(own, Letter.state == State.WAITING)
    waiting = set(session.scalars(wanted)) if signups else set()
    return [signup for signup in signups if signup.id in waiting]


def forget_stray_letters() -> int:
    """Delete letters that no signup needs any more: answered for good without one, or left by one that is gone."""
    proved = prove_missed()
    with transaction() as session:
        own = Letter.kind.in_([kind.value for kind in LetterKind])
        done = outbox.is_over(session) & Letter.signup_id.is_(None)
        orphaned = Letter.signup_id.is_not(None) & ~exists().where(Signup.id == Letter.signup_id)
        gone = session.execute(delete(Letter).where(own, done | orphaned).returning(Letter.id))
        return proved + len(gone.all())


def overdue(session: Session) -> int:
    """How many signups are past their deadline and still here: 0 while the worker lives (G1)."""
    at = clock.now()
    return session.scalar(select(func.count()).select_from(Signup).where(Signup.deadline <= at, ~is_held(at))) or 0
