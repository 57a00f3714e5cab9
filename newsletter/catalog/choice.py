"""Wordings by id: those that a form has ticked, current or so lately retired that it does not know yet; and any."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from newsletter import clock
from newsletter.as_it_stands import as_it_stands
from newsletter.catalog.document import Newsletter, Wording
from newsletter.catalog.rows import GRACE, StaleForm, WordingRow
from newsletter.db import insert, snapshot, transaction
from newsletter.errors import WordingRetired

Found = Row[*tuple[Any, ...]]
"""A row of `look_up`."""
ID = re.compile(r"[0-9a-v]{16}")
MOST_STALE_FORMS = 1000  # rows per newsletter: a source is what its sender says, and may be made up


@dataclass(frozen=True, kw_only=True)
class StalePage:
    """A page that sends a retired wording. `source` is empty where the form named no page."""

    newsletter: str
    source: str
    purpose: str
    language: str
    retired_at: datetime
    last_seen: date
    hits: int

    @property
    def refused_from(self) -> datetime:
        """From then on its sign-ups are refused."""
        return self.retired_at + GRACE


def chosen(newsletter: Newsletter, language: str, ids: Sequence[str], source: str | None) -> dict[str, Wording]:
    """The wording ticked for each purpose. Raises WordingRetired, which names the current ones.

    Whether the required purpose is among them is for the caller to say. A purpose that is retired itself is left
    out: nobody's consent to it is collected any more, and a form that does not know yet still works.
    """
    current = newsletter.wordings_in(language)
    by_id = {wording.id: wording for wording in current.values()}
    ticked = list(dict.fromkeys(ids))
    stale = [name for name in ticked if name not in by_id]
    found = [by_id[name] for name in ticked if name in by_id]
    if stale:
        found += in_grace(newsletter, language, stale, source)
    picked = {wording.purpose: wording for wording in found}
    if len(found) != len(ticked) or len(picked) != len(found):
        raise WordingRetired({purpose: wording.id for purpose, wording in current.items()})
    return {purpose: picked[purpose] for purpose in current if purpose in picked}


def in_grace(newsletter: Newsletter, language: str, ids: Sequence[str], source: str | None) -> list[Wording]:
    """Those of the ids that still count in this language; the page that sends them is noted, refused or not."""
    rows = [row for row in look_up(ids) if row.newsletter == newsletter.slug]
    retired = [row.id for row in rows if row.retired_at is not None]
    if retired:
        note_stale_form(newsletter.slug, source or "", retired)
    return [wording_of(row) for row in rows if row.language == language and still_counts(row.retired_at)]


def still_counts(retired_at: datetime | None) -> bool:
    """One not retired is newer than the catalogue that this process holds."""
    return retired_at is None or clock.now() - retired_at < GRACE


def recorded(ids: Iterable[str]) -> dict[str, Wording]:
    """Wordings by id, however old: what evidence and pages show in full (A2.9)."""
    return {row.id: wording_of(row) for row in look_up(ids)}


@lru_cache(maxsize=1000)
def wording(wording_id: str) -> Wording:
    """A wording never changes, so it is read once."""
    return recorded([wording_id])[wording_id]


def worded(newsletter: Newsletter, ids: Mapping[str, str]) -> dict[str, Wording]:
    """The wording of each purpose: in the order of the form, then what the catalogue no longer has."""
    order = [purpose.id for purpose in newsletter.purposes]
    return {purpose: wording(ids[purpose]) for purpose in sorted(ids, key=[*order, *ids].index)}


def look_up(ids: Iterable[str]) -> Sequence[Found]:
    known = [name for name in ids if ID.fullmatch(name)]
    row = WordingRow
    columns = map(as_it_stands, (row.id, row.newsletter, row.purpose, row.language, row.text, row.retired_at))
    with snapshot() as connection:
        return connection.execute(select(*columns).where(row.id.in_(known)).order_by(row.id)).all() if known else []


def wording_of(row: Found) -> Wording:
    return Wording(id=row.id, newsletter=row.newsletter, purpose=row.purpose, language=row.language, text=row.text)


def note_stale_form(newsletter: str, source: str, ids: Iterable[str]) -> None:
    """In order of ids, so that two forms at once cannot wait for each other."""
    with transaction() as session:
        for name in sorted(ids):
            note_one(session.connection(), {"newsletter": newsletter, "source": source, "wording_id": name})


def note_one(connection: Connection, form: dict[str, str]) -> None:
    today = clock.now().date()
    again = {"last_seen": today, "hits": StaleForm.hits + 1}
    known = connection.execute(update(StaleForm).filter_by(**form).values(again)).rowcount
    if not known and has_room(connection, form["newsletter"]):
        first = insert(StaleForm).values(**form, last_seen=today, hits=1)
        connection.execute(first.on_conflict_do_update(index_elements=list(form), set_=again))


def has_room(connection: Connection, newsletter: str) -> bool:
    noted = select(func.count()).select_from(StaleForm).where(StaleForm.newsletter == newsletter)
    return connection.execute(noted).scalar_one() < MOST_STALE_FORMS


def stale_pages() -> list[StalePage]:
    """The pages that still send what is retired, the latest first."""
    columns = (
        select(
            StaleForm.newsletter,
            StaleForm.source,
            WordingRow.purpose,
            WordingRow.language,
            WordingRow.retired_at,
            StaleForm.last_seen,
            StaleForm.hits,
        )
        .join(WordingRow, WordingRow.id == StaleForm.wording_id)
        .where(WordingRow.retired_at.is_not(None))
        .order_by(
            StaleForm.last_seen.desc(), StaleForm.newsletter, StaleForm.source, WordingRow.purpose, WordingRow.language
        )
    )
    with snapshot() as connection:
        return [StalePage(**row._mapping) for row in connection.execute(columns)]
