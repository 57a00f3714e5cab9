"""Where the journal lies, and whether this database is the one that it was last written from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from newsletter import clock, config, jobs, logs
from newsletter.db import reader
from newsletter.errors import DatabaseRestored, JournalUnfit
from newsletter.journal.entry import Entry, EntryKind, JournalEntry
from newsletter.journal.files import Folder, sync_folder
from newsletter.journal.position import JournalState

RECHECK = 2.0  # seconds that a process trusts what it has seen
DUTY = "journal writing"
"""Under this name `jobs` keeps when there was last nothing left to write, or something was written."""
log = logs.get("journal")


class JournalGone(OSError):
    """There was a journal, and now there is no folder: is the storage mounted?"""


def is_kept() -> bool:
    return path() is not None


def path() -> Path | None:
    settings = config.current()
    return Path(settings.journal) if settings.journal else None


def folder(state: JournalState) -> Folder:
    """The folder of this database, made when there was none yet; but what it lies in is not. Raises OSError."""
    above = path()
    if above is None:
        raise JournalGone("NEWSLETTER_JOURNAL is not set")
    mine = above / state.name
    if not mine.is_dir():
        if state.written:
            raise JournalGone(f"the journal {state.name} is not where it was; its storage may not be mounted")
        if not above.absolute().parent.is_dir():
            raise JournalGone(f"there is no folder {above.parent} to begin it in; NEWSLETTER_JOURNAL may be misspelt")
        holders = [above] if above.is_dir() else [above.parent, above]
        mine.mkdir(parents=True, exist_ok=True)
        for holder in holders:
            sync_folder(holder)
        log.info("journal begun", folder=str(mine))
    return Folder(path=mine)


@contextmanager
def readable() -> Iterator[None]:
    """Within the block the journal is read for somebody who waits for it. Raises JournalUnfit where it cannot be."""
    try:
        yield
    except OSError as error:
        raise JournalUnfit(f"The journal cannot be read: {error}.") from error


def anchors() -> list[Entry]:
    """Every anchor, and which of them a restore lost: few, however many people were forgotten.

    Raises OSError, also where there was a journal and now is none: what cannot be compared was not found whole.
    """
    return [entry for entry in kept_for_ever() if entry.kind != EntryKind.REMOVED_CHAIN]


def removed_chains() -> Iterator[Mapping[str, Any]]:
    """What is told of each removal of a chain; first what waits, since it goes when it is written. Raises OSError."""
    with reader() as session:
        waiting = session.scalars(select(JournalEntry.body).where(JournalEntry.kind == EntryKind.REMOVED_CHAIN)).all()
    yield from waiting
    yield from (entry.body for entry in kept_for_ever() if entry.kind == EntryKind.REMOVED_CHAIN)


def kept_for_ever() -> Iterator[Entry]:
    """Also where the database says that nothing was written yet: a backup may be older than its whole journal."""
    state = JournalState.now()
    return folder(state).anchors() if state.written or is_begun(state) else iter(())


def is_begun(state: JournalState) -> bool:
    above = path()
    return above is not None and (above / state.name).is_dir()


def try_writing() -> None:
    """Raises OSError where there is no place for what is to be written."""
    folder(JournalState.now()).try_writing()


def others() -> list[str]:
    """The journals of other databases in the same place, while this one's is not begun. One of them may be this
    database's: a backup that was made before there were journals has no name in it, and an upgrade gives it a new one.
    """
    state, above = JournalState.now(), path()
    if above is None or state.written or not above.is_dir():
        return []
    return sorted(found.name for found in above.iterdir() if found.is_dir() and found.name != state.name)


def waiting_since() -> datetime | None:
    """Since when something waits that stands in no file yet.

    Some acts are dated long before they come here, as a lifted suppression is by its beginning: none waits for longer
    than since the last look.
    """
    with reader() as session:
        oldest, looked = session.scalar(select(func.min(JournalEntry.at))), jobs.last(session, DUTY)
    return max(oldest, looked) if oldest and looked and not clock.is_far_ahead(looked) else oldest


@dataclass
class Seen:
    """What one process has last seen."""

    is_restored: bool = False
    due: float = 0.0


def is_restored() -> bool:
    """Whether the database is older than its journal (A7.10): begins at most two seconds late, and ends at once."""
    if not is_kept():
        return False
    seen: Seen = current_app.extensions.setdefault("journal", Seen())
    if seen.is_restored or clock.monotonic() >= seen.due:
        seen.is_restored, seen.due = look(), clock.monotonic() + RECHECK
    return seen.is_restored


def look() -> bool:
    """Files first, then the database: whatever is written in between is in the database's numbers already."""
    state, above = JournalState.now(), path()
    was_restored = state.restored_at is not None
    if above is None or was_restored:
        return was_restored
    try:
        last = Folder(path=above / state.name).last()
    except OSError as error:
        log.error("journal not readable", error=str(error))
        return was_restored
    return JournalState.now().is_older_than(last)


def refuse_restored() -> None:
    """Raises DatabaseRestored: who has left since the backup would be handed out, or made, a subscriber."""
    if is_restored():
        raise DatabaseRestored


def look_again() -> None:
    """The next question looks anew."""
    current_app.extensions.pop("journal", None)
