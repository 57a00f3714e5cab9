"""The anchors as they lie outside the database, in the journal and in letters; and where ours are not the same.

No leaf is looked at here: whether they lead to these roots is for the audit.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.as_it_stands import as_they_stand
from newsletter.consent.anchor import Anchor
from newsletter.consent.inclusion import Inclusion
from newsletter.consent.told_removals import ToldRemovals
from newsletter.consent.written import Written
from newsletter.journal import Entry, EntryKind, JournalEntry


@dataclass(frozen=True, kw_only=True)
class Outside:
    """An anchor as the journal has it, or another copy of one."""

    number: int
    size: int
    root: str
    at: datetime

    def is_copy_of(self, anchor: Written | Inclusion) -> bool:
        """No root tells of which day it is, so that is compared, too."""
        return (self.size, self.root, self.at) == (anchor.size, anchor.root, anchor.at)


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What lies outside the database: the journal's anchors, which of ours have to be among them, the removals of which
    it tells, and numbers and roots as letters have them. Where no journal is kept, these alone.
    """

    entries: Sequence[Entry] = ()
    written: Set[int] = frozenset()
    removals: ToldRemovals | None = None
    roots: Set[tuple[int, str]] = frozenset()


def written_anchors(session: Session) -> frozenset[int]:
    """The numbers of those that stand in the journal by now. Asked for before its files are read.

    A row that waits for its line goes once that is written: what was made, and does not wait by then, is there.
    """
    made = session.scalars(select(Anchor.number)).all()
    waiting = session.scalars(select(JournalEntry.body).where(JournalEntry.kind == EntryKind.ANCHOR))
    return frozenset(made) - {body["anchor"] for body in waiting}


def all_anchors(session: Session) -> Sequence[Written]:
    return session.execute(select(*as_they_stand(Anchor)).order_by(Anchor.number)).all()


def outside_of(entries: Sequence[Entry]) -> tuple[dict[int, Outside], list[Outside]]:
    """The anchors of the journal by number, and those of a time that was lost in a restore, as it says itself.

    The first line of an anchor counts: a worker that died writes it once more as it was, and whoever has only the
    database's password can have the worker write another behind it. What somebody has edited into no such line is
    passed over.
    """
    found: dict[int, Outside] = {}
    lost: list[Outside] = []
    for entry in sorted(entries, key=lambda entry: entry.number):
        match entry:
            case Entry(kind=EntryKind.RESTORED, body={"anchor": int(last)}):
                lost += [found.pop(number) for number in sorted(found) if number > last]
            case Entry(kind=EntryKind.ANCHOR, body={"anchor": int(number), "size": int(size), "root": str(root)}):
                found.setdefault(number, Outside(number=number, size=size, root=root, at=entry.at))
    return found, lost


def unlike_the_journal(session: Session, entries: Sequence[Entry], written: Set[int]) -> list[str]:
    """Where the anchors are not those of the journal; their leaves are not looked at."""
    anchors = all_anchors(session)
    return list(unlike(anchors, outside_of(entries)[0], written))


def unlike(anchors: Sequence[Written], outside: Mapping[int, Outside], written: Set[int]) -> Iterator[str]:
    """Anchors that only the journal knows, that it has lost, or that it tells otherwise."""
    for anchor in anchors:
        told = outside.get(anchor.number)
        if told and not told.is_copy_of(anchor):
            yield f"anchor {anchor.number} of {anchor.at:%Y-%m-%d} is not the one in the journal"
        if told is None and anchor.number in written:
            yield f"anchor {anchor.number} of {anchor.at:%Y-%m-%d} is missing in the journal"
    known = {anchor.number for anchor in anchors}
    for told in outside.values():
        if told.number not in known:
            yield f"anchor {told.number} of {told.at:%Y-%m-%d} stands in the journal alone"


def disagreements(anchors: Sequence[Written], roots: Set[tuple[int, str]]) -> Iterator[str]:
    """What copies of roots, as somebody outside has kept them in letters, say against the anchors of the database."""
    known = {anchor.number: anchor for anchor in anchors}
    for number, root in sorted(roots):
        anchor = known.get(number)
        if anchor is None:
            yield f"anchor {number}, of which there is a copy outside, is missing"
        elif anchor.root != root:
            yield f"anchor {number} of {anchor.at:%Y-%m-%d} is not the one of which there is a copy outside"
