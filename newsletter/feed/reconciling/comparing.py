"""Comparing a tool's list with ours, a page at a time, in the order of our ids.

Theirs is read first, ours after it, so what happened in between is still on its way there and no difference: whoever
is due to be told, and whoever has changed since the comparison began, is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_

from newsletter import addresses
from newsletter.db import reader
from newsletter.feed.copies import Copy
from newsletter.feed.reconciling.scratch import Holding, Scratch
from newsletter.feed.selection import Selection
from newsletter.subscriptions import Subscriber, Subscription

PAGE = 1000  # contacts read at once


class DifferenceKind(StrEnum):
    """How tool and service differ about somebody."""

    MISSING = "missing"  # may be mailed, and is not there
    LEFT = "left"  # may be mailed, and is there as somebody who has left
    OUTDATED = "outdated"  # is there as they were before, or with another address
    EXTRA = "extra"  # is mailed there, and may not be


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One person. Of a stranger, what the tool calls them."""

    kind: DifferenceKind
    contact_id: str | None
    remote_id: str | None
    email_sha256: str


Ours = Row[Any]


def compare(theirs: Scratch, newsletter: str, connector: str | None, began: datetime) -> Iterator[Difference]:
    """Every difference; those who are extra come last. Without a connector, nobody is known by the tool's own ids."""
    last = ""
    while page := ours(newsletter, connector, last):
        last = page[-1].id
        yield from differences(theirs, page, began)
    for stranger in theirs.strangers():
        yield Difference(
            kind=DifferenceKind.EXTRA,
            contact_id=stranger.contact_id,
            remote_id=stranger.remote_id,
            email_sha256=stranger.email_sha256,
        )


def ours(newsletter: str, connector: str | None, last: str) -> Sequence[Ours]:
    """Who may be mailed, with what their copy says."""
    contact = Subscription.id, Subscription.version, Subscription.changed_at, Subscriber.address
    page = Selection(newsletter=newsletter).page(last, PAGE, *contact, Copy.remote_id, Copy.due_at, Copy.dead)
    mine = and_(Copy.contact_id == Subscription.id, Copy.connector == (connector or ""))
    with reader() as session:
        return session.execute(page.join(Subscription.subscriber).outerjoin(Copy, mine)).all()


def differences(theirs: Scratch, page: Sequence[Ours], began: datetime) -> Iterator[Difference]:
    hashes = {row.id: addresses.sha256(row.address) for row in page}
    known = found(theirs, page, hashes)
    theirs.claim([held.n for held in known.values()])
    for row in page:
        kind = judged(row, known.get(row.id), hashes[row.id])
        if kind and not is_on_its_way(row, began):
            held = known.get(row.id)
            remote_id = held.remote_id if held else None
            yield Difference(kind=kind, contact_id=row.id, remote_id=remote_id, email_sha256=hashes[row.id])


def found(theirs: Scratch, page: Sequence[Ours], hashes: Mapping[str, str]) -> dict[str, Holding]:
    """By the tool's own id, else by ours in the tool, else by the address."""
    by_remote = theirs.find("remote_id", [row.remote_id for row in page if row.remote_id])
    by_contact = theirs.find("contact_id", [row.id for row in page])
    by_hash = theirs.find("sha256", list(hashes.values()))
    known = {
        row.id: by_remote.get(row.remote_id or "") or by_contact.get(row.id) or by_hash.get(hashes[row.id])
        for row in page
    }
    return {contact_id: held for contact_id, held in known.items() if held}


def judged(row: Ours, held: Holding | None, email_sha256: str) -> DifferenceKind | None:
    if held is None:
        return DifferenceKind.MISSING
    if not held.is_mailed:
        return DifferenceKind.LEFT
    is_older = held.version is not None and held.version < row.version
    if is_older or held.email_sha256 not in ("", email_sha256):
        return DifferenceKind.OUTDATED
    return None


def is_on_its_way(row: Ours, began: datetime) -> bool:
    """Somebody given up is on no way."""
    return bool(row.changed_at >= began or (row.due_at and not row.dead))
