"""Puts a catalogue in force, and tells every process which one is.

The database alone says what is in force. A process keeps the parsed catalogue only as long as its id is the last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from flask import Flask, current_app
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter import clock, logs
from newsletter.catalog import check
from newsletter.catalog.document import Catalog, Wording
from newsletter.catalog.history import digest
from newsletter.catalog.parts_in_use import losses
from newsletter.catalog.retention import DEFAULTS
from newsletter.catalog.rows import DOCUMENT, CatalogRow, StaleForm, WordingRow
from newsletter.catalog.term import Term
from newsletter.catalog.unasked_purposes import Unasked, unasked
from newsletter.db import lock, snapshot, transaction
from newsletter.errors import CatalogInvalid, CatalogMissing, CatalogRefused

RECHECK = 2.0  # seconds; PRODUCT 4.1 promises 5 for a new catalogue to be in force everywhere
FORGET_STALE_FORMS = timedelta(days=90)
log = logs.get("catalog")


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What applying has done: the version in force, and how many wordings are new, retired, back again."""

    version: int
    added: int = 0
    retired: int = 0
    returned: int = 0


@dataclass(frozen=True, kw_only=True)
class Held:
    version: int
    catalog: Catalog


def apply(text: str) -> Applied:
    """Put this document in force, whole or not at all. Safe to repeat: the one in force is not applied again."""
    catalog = check.parse(text)
    with transaction() as session:
        lock(session, "catalog")
        before = session.execute(select(CatalogRow.id, DOCUMENT).order_by(CatalogRow.id.desc())).all()
        if before and before[0].document == text:
            applied = Applied(version=before[0].id)
        else:
            refuse_losses(session, [row.document for row in before], text)
            applied = replace(session, catalog, text)
    in_force().due = 0.0
    log.info("catalogue in force", version=applied.version)
    return applied


def refuse_losses(session: Session, before: Iterable[str], text: str) -> None:
    lost = losses(session, before, text)
    if lost:
        raise CatalogRefused(lost)


def replace(session: Session, catalog: Catalog, text: str) -> Applied:
    at = clock.now()
    row = CatalogRow(applied_at=at, sha256=digest(text), document=text)
    session.add(row)
    session.execute(delete(StaleForm).where(StaleForm.last_seen < (at - FORGET_STALE_FORMS).date()))
    session.flush()
    return renew_wordings(session, living_wordings(catalog), at, row.id)


def living_wordings(catalog: Catalog) -> dict[str, Wording]:
    """By id, all that a sign-up may name: no retired purpose's, no retired newsletter's."""
    living = [newsletter for newsletter in catalog.newsletters.values() if not newsletter.retired]
    purposes = [purpose for newsletter in living for purpose in newsletter.living_purposes]
    return {wording.id: wording for purpose in purposes for wording in purpose.wordings.values()}


def renew_wordings(session: Session, living: Mapping[str, Wording], at: datetime, version: int) -> Applied:
    rows = {row.id: row for row in session.scalars(select(WordingRow))}
    added = [WordingRow.of(wording, at) for name, wording in living.items() if name not in rows]
    session.add_all(added)
    retired = [row.retire(at) for name, row in rows.items() if name not in living]
    returned = [row.come_back() for name, row in rows.items() if name in living]
    return Applied(version=version, added=len(added), retired=sum(retired), returned=sum(returned))


def current(since: int = 0) -> Catalog:
    """The catalogue in force, at most a few seconds late, and not before the one of this id.

    Raises CatalogMissing when none was ever applied.
    """
    return in_force().look(since).catalog


def term(name: str, slug: str | None = None) -> Term:
    """How long this class of data is kept; as long as by default while no catalogue was ever applied."""
    try:
        return current().term(name, slug)
    except CatalogMissing:
        return DEFAULTS[name]


def slugs() -> tuple[str, ...]:
    """Every newsletter, retired ones too; none while no catalogue was ever applied."""
    try:
        return tuple(current().newsletters)
    except CatalogMissing:
        return ()


def version() -> int:
    """The id of the catalogue in force."""
    return in_force().look().version


def never_asked() -> Unasked:
    """The purposes in force that some people may have subscribed without being asked about."""
    held = in_force().look()
    known: dict[int, Unasked] = current_app.extensions.setdefault("unasked", {})
    if held.version not in known:
        with snapshot() as connection:
            applied = connection.scalars(select(DOCUMENT).where(CatalogRow.id <= held.version))
            known[held.version] = unasked(held.catalog, applied)
    return known[held.version]


class InForce:
    """What one process knows of the catalogue in force. One thread asks the database; the others need not wait."""

    def __init__(self) -> None:
        self.held: Held | None = None
        self.seen = 0
        self.due = 0.0
        self.asking = Lock()

    def look(self, since: int = 0) -> Held:
        is_behind = self.held is None or self.seen < since
        if (is_behind or clock.monotonic() >= self.due) and self.asking.acquire(blocking=is_behind):
            try:
                self.ask()
            except SQLAlchemyError:  # an outage: what was in force a moment ago still is, and may not be new enough
                if is_behind:
                    raise
                self.due = clock.monotonic() + RECHECK
            finally:
                self.asking.release()
        if self.held is None:
            raise CatalogMissing
        return self.held

    def ask(self) -> None:
        """Parse the last document unless that was seen before. Absence is not remembered: it ends with one command."""
        with snapshot() as connection:
            version = connection.scalar(select(func.max(CatalogRow.id)))
            if version and version != self.seen:
                document = connection.scalars(select(DOCUMENT).where(CatalogRow.id == version)).one()
                self.hold(version, document)
        self.seen = version or 0
        self.due = clock.monotonic() + RECHECK if version else 0.0

    def hold(self, version: int, document: str) -> None:
        """A newer release may have applied what this one cannot read: then the one held stays in force here."""
        try:
            self.held = Held(version=version, catalog=check.parse(document))
        except CatalogInvalid:
            if self.held is None:
                raise
            log.error("catalogue not understood", version=version, kept=self.held.version)


def init_app(app: Flask) -> None:
    """Each app knows of its own, because each has a database of its own."""
    app.extensions["catalog"] = InForce()


def in_force() -> InForce:
    known: InForce = current_app.extensions["catalog"]
    return known
