"""The proof of one person's consents, as one value that every format prints."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from newsletter import catalog, clock, consent, subscriptions
from newsletter.catalog import Controller
from newsletter.consent import Act, Fault, Inclusion, Record
from newsletter.proof.bundle import Bundle, bundles, wording_ids
from newsletter.proof.letter import versions

CHOOSING = (Act.SIGNED_UP, Act.RECTIFIED)
"""By these acts a person says in which language they want to be spoken to."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything that can be shown of one person, and what is wrong with it. `withheld` acts are not for the asker."""

    subscriber_id: str
    contact_id: str | None
    printed_at: datetime
    controller: Controller
    faults: Sequence[Fault]
    records: Sequence[Record]
    bundles: Sequence[Bundle]
    withheld: int
    anchor: Inclusion | None

    @property
    def is_whole(self) -> bool:
        return not self.faults

    @property
    def language(self) -> str:
        """The person's, as they last chose it."""
        chosen = (record.facts.get("language") for record in reversed(self.records) if record.act in CHOOSING)
        return next((str(language) for language in chosen if language), "")

    def with_faults(self, more: Iterable[Fault]) -> Self:
        return replace(self, faults=[*self.faults, *more])


def everywhere(_newsletter: str) -> bool:
    return True


def prove(
    session: Session, subscriber_id: str, reaches: Callable[[str], bool] = everywhere, contact_id: str | None = None
) -> Proof:
    """The person's proof, as far as the asker, who may have named a contact, reaches the newsletters it is about."""
    records = consent.records(session, subscriber_id)
    shown = [record for record in records if reaches(record.newsletter)]
    wordings = {name: found for name, found in catalog.recorded(wording_ids(shown)).items() if found.is_as_named}
    return Proof(
        subscriber_id=subscriber_id,
        contact_id=contact_id,
        printed_at=clock.now(),
        controller=catalog.current().controller,
        faults=[*subscriptions.verify(session, subscriber_id), *consent.leaf_faults(session, subscriber_id)],
        anchor=consent.inclusion(session, subscriber_id),
        records=shown,
        bundles=bundles(shown, versions(session, shown), wordings),
        withheld=len(records) - len(shown),
    )
