"""Catalogues as they were applied, however old: evidence names the one that it was made under (A2.9)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flask import current_app
from sqlalchemy import select

from newsletter import logs
from newsletter.as_it_stands import as_it_stands
from newsletter.catalog import check
from newsletter.catalog.document import Catalog
from newsletter.catalog.rows import DOCUMENT, CatalogRow
from newsletter.db import snapshot
from newsletter.errors import CatalogInvalid

log = logs.get("catalog")


@dataclass(frozen=True, kw_only=True)
class AsApplied:
    """What was put in force once. `catalog` is None where this release cannot read it any more."""

    document: str
    catalog: Catalog | None

    @cached_property
    def sha256(self) -> str:
        return digest(self.document)


def as_applied(version: int) -> AsApplied | None:
    """The catalogue of this id; read once by a process, since none ever changes. None when there is none."""
    known: dict[int, AsApplied | None] = current_app.extensions.setdefault("catalogs", {})
    if version not in known:
        known[version] = read(version)
    return known[version]


def read(version: int) -> AsApplied | None:
    with snapshot() as connection:
        document = connection.scalar(select(DOCUMENT).where(CatalogRow.id == version))
    return None if document is None else AsApplied(document=document, catalog=understood(version, document))


def understood(version: int, document: str) -> Catalog | None:
    try:
        return check.parse(document)
    except CatalogInvalid:
        log.warning("catalogue not understood", version=version)
        return None


def kept(versions: Iterable[int]) -> dict[int, str | None]:
    """Which of these there are, and the SHA-256 of each; None where it is not the text that was applied."""
    columns = map(as_it_stands, (CatalogRow.id, CatalogRow.sha256, CatalogRow.document))
    with snapshot() as connection:
        rows = connection.execute(select(*columns).where(CatalogRow.id.in_(list(versions))))
        return {found.id: found.sha256 if found.sha256 == digest(found.document) else None for found in rows}


def digest(document: str) -> str:
    """What `sha256sum` says of the file that was applied, unless that began with a byte order mark."""
    return hashlib.sha256(document.encode()).hexdigest()
