"""Are the texts that evidence names still those that it named? Wordings and letters bear names made of their content,
and of catalogues the hash is named.

A record's hash covers that name alone; so whoever alters a text behind it would alter what was agreed to.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy.orm import Session

from newsletter import catalog, outbox
from newsletter.as_it_stands import MOST

Facts = Mapping[str, Any]


def wordings_named(facts: Facts) -> set[str]:
    """The ids of all wordings that an act is about: ticked, displayed, or agreed to."""
    told = as_table(facts)
    chosen = [told.get("wordings"), told.get("granted"), as_table(told.get("displayed")).get("wordings")]
    return {str(name) for each in chosen for name in as_table(each).values()}


def version_named(facts: Facts) -> str | None:
    """The version of the letter that an act is about."""
    version = as_table(facts).get("version")
    return None if version is None else str(version)


def catalog_named(facts: Facts) -> int | None:
    """The catalogue under which an act was made: names of topics, the privacy notice."""
    version = as_table(facts).get("catalog")
    return version if isinstance(version, int) and version <= MOST else None


def as_table(value: object) -> Mapping[str, Any]:
    """A value that should be a table; an empty one where somebody put something else there."""
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What some acts name, by name: whether it is still what bore that name at first."""

    wordings: Mapping[str, bool]
    letters: Mapping[str, bool]
    catalogs: Mapping[int, str | None]

    @classmethod
    def named_in(cls, session: Session, acts: Iterable[Facts]) -> Self:
        """Each is read once, however many acts name it."""
        wordings: set[str] = set()
        letters: set[str] = set()
        catalogs: set[int] = set()
        for facts in acts:
            wordings |= wordings_named(facts)
            letters.add(version_named(facts) or "")
            catalogs.add(catalog_named(facts) or 0)
        return cls(
            wordings={name: found.is_as_named for name, found in catalog.recorded(wordings).items()},
            letters={name: name == outbox.version_id(text) for name, text in outbox.versions(session, letters).items()},
            catalogs=catalog.kept(catalogs),
        )

    def faults(self, facts: Facts) -> Iterator[str]:
        """What is wrong with the texts that this act names, in sentences."""
        for name in sorted(wordings_named(facts)):
            if not self.wordings.get(name):
                yield f"the wording {name} that it names {fate(self.wordings, name)}"
        version = version_named(facts)
        if version is not None and not self.letters.get(version):
            yield f"the text of its letter {fate(self.letters, version)}"
        under = catalog_named(facts)
        if under is not None and not self.has_catalog(under, facts.get("catalog_sha256")):
            yield f"the catalogue {under} that it names {fate(self.catalogs, under)}"

    def has_catalog(self, version: int, sha256: object) -> bool:
        """Whether it is still the one that the act names; acts of the first releases do not name its hash."""
        kept = self.catalogs.get(version)
        return kept is not None and sha256 in (None, kept)


def fate(kept: Mapping[Any, object], name: Hashable) -> str:
    return "was altered" if name in kept else "is gone"
