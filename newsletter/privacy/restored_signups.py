"""Sign-ups that wait in a restored database although their person is through with them since the backup (A7.10)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import addresses, clock, guard, journal, keyring, signups
from newsletter.consent import ENDS, Act
from newsletter.db import reader, transaction
from newsletter.journal import Entry
from newsletter.signups import Signup

PAGE = 500  # sign-ups read at once
EVERYWHERE = "*"
Ended = Mapping[tuple[str, str], datetime]
"""When an address, by its hash, left a newsletter."""


def let_go_again(entry: Entry) -> bool:
    """Whether a signup waits here that was cancelled, left or erased after the backup."""
    with transaction() as session:
        found = Signup.locked(session, entry.body["signup"])
        if found is not None:
            signups.let_go(session, [found])
        return found is not None


def drop_silenced(entries: Sequence[Entry]) -> None:
    """Delete sign-ups that wait here and were dropped after the backup: their person had left, or wants silence."""
    over = {entry.contact_id for entry in entries if entry.kind in ENDS}  # under every address that they had moved from
    telling = [e for e in entries if e.kind in ENDS or (e.kind == Act.ADDRESS_CHANGED and e.contact_id in over)]
    ended: Ended = {(e.who, where(e)): e.at for e in telling if e.who}
    last = ""
    while page := waiting_after(last):
        for signup in page:
            drop_if_silenced(signup, ended)
        last = page[-1].id


def where(entry: Entry) -> str:
    """The newsletter that somebody left; who was erased left them all."""
    return EVERYWHERE if entry.kind == Act.ERASED else str(entry.body["newsletter"])


def waiting_after(last: str) -> Sequence[Signup]:
    with reader() as session:
        return session.scalars(select(Signup).where(Signup.id > last).order_by(Signup.id).limit(PAGE)).all()


def drop_if_silenced(signup: Signup, ended: Ended) -> None:
    names = keyring.keyed_hashes(journal.PURPOSE, addresses.sha256(signup.address))
    keys = {(name, newsletter) for name in names for newsletter in (signup.newsletter, EVERYWHERE)}
    left = [ended[key] for key in keys & ended.keys()]
    with transaction() as session:
        still = Signup.locked(session, signup.id)
        if still and (any(at >= still.signed_up_at for at in left) or is_suppressed(session, still)):
            signups.let_go(session, [still])


def is_suppressed(session: Session, signup: Signup) -> bool:
    found = guard.suppression_of(session, signup.address_key, clock.now())
    return found is not None and found.at >= signup.signed_up_at
