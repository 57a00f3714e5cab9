"""One consent from its request to its end: what the law wants to see together (A2.2, A2.10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from newsletter import catalog, subscriptions
from newsletter.catalog import Catalog, Newsletter, Wording
from newsletter.consent import Act, Record, wordings_named
from newsletter.proof.letter import SentLetter, sent_letter


@dataclass(kw_only=True)
class Bundle:
    """A request, its letters, its confirmation, and every later act of the same contact.

    Signing up again begins a bundle of its own and leaves the earlier one as it was. What a bundle names is shown as
    the catalogue of that day had it (A2.9).
    """

    contact_id: str
    newsletter: str
    wordings: Mapping[str, Wording]
    signed_up: Record | None = None
    letters: list[SentLetter] = field(default_factory=list)
    confirmed: Record | None = None
    is_first: bool = True
    later: list[Record] = field(default_factory=list)

    @cached_property
    def as_of(self) -> Catalog | None:
        """The catalogue that was in force when this was asked for."""
        found = catalog.as_applied(self.claimed["catalog"]) if "catalog" in self.claimed else None
        return found.catalog if found else None

    @property
    def then(self) -> Newsletter | None:
        """The newsletter as it was on that day."""
        return self.as_of.newsletters.get(self.newsletter) if self.as_of else None

    @property
    def claimed(self) -> Mapping[str, Any]:
        """What the form said."""
        return self.signed_up.facts if self.signed_up else {}

    @property
    def language(self) -> str:
        return str(self.claimed.get("language", ""))

    @property
    def name(self) -> str:
        return self.then.name_in(self.language) if self.then else self.newsletter

    @property
    def topics(self) -> dict[str, str]:
        """The topics asked for, by id."""
        return self.topics_called(self.claimed.get("topics", []))

    def topics_called(self, ids: Iterable[str]) -> dict[str, str]:
        """Topics by the names of that day."""
        names = {topic.id: topic.names for topic in self.then.topics} if self.then else {}
        return {topic: names.get(topic, {}).get(self.language, topic) for topic in ids}

    @property
    def labels(self) -> dict[str, str]:
        """What the form's fields were called on that day, by their names."""
        return self.then.labels_in(self.language) if self.then else {}

    @property
    def privacy_url(self) -> str | None:
        return self.then.privacy.urls.get(self.language) if self.then else None

    @property
    def source(self) -> str | None:
        return self.claimed.get("source")

    @property
    def ticked(self) -> Mapping[str, str]:
        """Purpose -> id of the wording that the form said was ticked: a claim."""
        return dict(self.claimed.get("wordings", {}))

    @property
    def declined(self) -> list[str]:
        """The purposes that the form offered as well, and that were not ticked."""
        return [purpose for purpose in self.claimed.get("offered", []) if purpose not in self.ticked]

    @property
    def displayed(self) -> Mapping[str, Any]:
        """What our own page displayed before the button was pressed: the primary proof of the words."""
        return dict(self.confirmed.facts.get("displayed", {})) if self.confirmed else {}

    @property
    def granted(self) -> Mapping[str, str]:
        """Purpose -> id of the wording that was agreed to."""
        return granted_by(self.confirmed) if self.confirmed else {}

    @property
    def agreed(self) -> Mapping[str, str]:
        """The same with what was agreed to later, in the words that were the last to be."""
        given = [granted_by(record) for record in self.later]
        return {purpose: name for granted in [self.granted, *given] for purpose, name in granted.items()}

    @property
    def seals(self) -> list[str]:
        """What the receipt of the confirmation bore, under each key of ours. Who confirmed more later has another."""
        if not (self.is_first and self.signed_up and self.confirmed):
            return []
        offered, topics = self.claimed.get("offered", []), self.claimed.get("topics", [])
        return subscriptions.seals(self.contact_id, self.confirmed.at, offered, self.granted, topics)

    def text(self, wording_id: str) -> str | None:
        found = self.wordings.get(wording_id)
        return found.text if found else None


def granted_by(record: Record) -> Mapping[str, str]:
    """Purpose -> id of the wording that this act agreed to; for most acts none."""
    return dict(record.facts.get("granted", {}))


def bundles(records: Sequence[Record], versions: Mapping[str, str], wordings: Mapping[str, Wording]) -> list[Bundle]:
    """The person's acts sorted into bundles, in the order in which these began."""
    found: list[Bundle] = []
    for record in records:
        add(bundle_for(found, record, wordings), record, versions)
    return found


def bundle_for(found: list[Bundle], record: Record, wordings: Mapping[str, Wording]) -> Bundle:
    """The newest bundle of the act's contact; a new one for a request, and for an act that nothing precedes."""
    mine = [bundle for bundle in found if bundle.contact_id == record.contact_id]
    if not mine or record.act == Act.SIGNED_UP:
        found.append(begun(record, wordings, is_first=not mine))
        return found[-1]
    return mine[-1]


def begun(record: Record, wordings: Mapping[str, Wording], *, is_first: bool) -> Bundle:
    return Bundle(contact_id=record.contact_id, newsletter=record.newsletter, wordings=wordings, is_first=is_first)


def add(bundle: Bundle, record: Record, versions: Mapping[str, str]) -> None:
    if record.act == Act.SIGNED_UP:
        bundle.signed_up = record
    elif record.act == Act.LETTER_SENT:
        bundle.letters.append(sent_letter(record, versions))
    elif record.act == Act.CONFIRMED:
        bundle.confirmed = record
    else:
        bundle.later.append(record)


def wording_ids(records: Sequence[Record]) -> set[str]:
    """Every wording that these acts name."""
    return {wording_id for record in records for wording_id in wordings_named(record.facts)}
