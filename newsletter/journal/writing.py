"""The worker's part: what has happened goes to the journal's files within a minute (A7.10).

Reserve in the database, write and sync, then mark. A death in between leaves entries that are written once more, with
higher numbers: each may be done again any number of times.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter import clock, jobs, keyring, logs
from newsletter.changes import Change
from newsletter.db import transaction
from newsletter.journal.entry import FOR_EVER, Entry, JournalEntry
from newsletter.journal.position import LEASE, JournalState
from newsletter.journal.storage import DUTY, folder, is_kept, is_restored, waiting_since

BATCH = 500  # entries, appended and synced at once
MARGIN = 10  # seconds of a lease in which nothing is begun
PURPOSE = "journal"
log = logs.get("journal")


def write() -> int:
    """Write a batch of what waits; how many entries. None while the database is older than its journal.

    What could not be written, or may not be yet, is not noted as done, so that its age shows in the metrics: neither
    is a look at what somebody else has claimed, who may have met the same trouble.
    """
    if not is_kept():
        return 0
    try:
        done = write_batch()
    except OSError as error:
        log.error("journal not written", error=str(error))
        return 0
    if not is_restored() and (done or waiting_since() is None):
        jobs.record(DUTY, done)
    return done


def write_batch() -> int:
    worker, began = secrets.token_hex(8), clock.monotonic()
    mine = folder(JournalState.now())
    last = mine.last()
    entries, row_ids = claim(worker, last)
    if entries:
        if clock.monotonic() - began >= LEASE.total_seconds() - MARGIN:
            raise TimeoutError("the storage took too long to be read")
        mine.append(entries, clock.now().date())
        settle(worker, row_ids, entries[-1].number)
    return len(entries)


def claim(worker: str, last: int) -> tuple[list[Entry], list[int]]:
    """The next entries, with their numbers; nothing while another worker writes."""
    with transaction() as session:
        state, at = JournalState.locked(session), clock.now()
        if state.is_older_than(last):
            state.restored_at = state.restored_at or at
            return [], []
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.id).limit(BATCH)).all()
        if not rows or not state.is_free(at):
            return [], []
        first = max(state.written, last) + 1
        state.claim(worker, at, first, len(rows))
        return numbered(session, rows, first), [row.id for row in rows]


def numbered(session: Session, rows: Sequence[JournalEntry], first: int) -> list[Entry]:
    contact_ids = [row.contact_id for row in rows if row.contact_id]
    who, moved = hashes(session, contact_ids), before_moving(session, contact_ids)
    return [
        Entry(
            number=number,
            kind=row.kind,
            at=row.at,
            contact_id=row.contact_id,
            who=moved.get((row.contact_id, row.at)) or who.get(row.contact_id or ""),
            body=row.body,
        )
        for number, row in enumerate(rows, first)
    ]


def hashes(session: Session, contact_ids: Sequence[str]) -> Mapping[str, str]:
    """By contact, whom it was about: a keyed hash of what the feed last told tools that know addresses only."""
    told = select(Change.contact_id, Change.match).where(Change.contact_id.in_(contact_ids), Change.match.is_not(None))
    rows = session.execute(told.order_by(Change.tx, Change.id))
    return {row.contact_id: keyring.keyed_hash(PURPOSE, row.match["email_sha256"]) for row in rows}


def before_moving(session: Session, contact_ids: Sequence[str]) -> Mapping[tuple[str | None, datetime], str]:
    """By contact and instant of a move, a keyed hash of the address before: signups may wait under it."""
    told = select(Change.contact_id, Change.at, Change.previous_match).where(Change.contact_id.in_(contact_ids))
    rows = session.execute(told.where(Change.previous_match.is_not(None)))
    return {(row.contact_id, row.at): keyring.keyed_hash(PURPOSE, row.previous_match["email_sha256"]) for row in rows}


def settle(worker: str, row_ids: Sequence[int], last: int) -> None:
    """It is on disk. Should the claim have passed on meanwhile, its new holder has the same rows, and settles them."""
    with transaction() as session:
        state = JournalState.locked(session)
        if state.claimed_by == worker:
            session.execute(delete(JournalEntry).where(JournalEntry.id.in_(row_ids)))
            state.settle(last)


def forget(before: datetime, most: int) -> int:
    """Acts from before then: days of the files, or, where no journal is kept, rows that wait; how many of either.

    Raises OSError.
    """
    return folder(JournalState.now()).forget(before.date()) if is_kept() else forget_waiting(before, most)


def forget_waiting(before: datetime, most: int) -> int:
    """Acts alone: a journal that is begun later lacks no anchor, and each of them is compared with it."""
    outdated = select(JournalEntry.id).where(JournalEntry.at < before, JournalEntry.kind.not_in(FOR_EVER))
    with transaction() as session:
        old = session.scalars(outdated.limit(most).with_for_update(skip_locked=True)).all()
        session.execute(delete(JournalEntry).where(JournalEntry.id.in_(old)))
        return len(old)
