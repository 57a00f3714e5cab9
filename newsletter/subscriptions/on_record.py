"""Where a contact stands by its evidence alone: what its acts come to, one after the other.

Worked out anew from the records, and not by the rules that change a subscription: whoever alters the list without an
act, by hand or by a fault of ours, is found because the two differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from newsletter import clock
from newsletter.consent import ENDS, Act, Written, as_table
from newsletter.subscriptions.states import ConsentState, Status


@dataclass(kw_only=True)
class OnRecord:
    """One contact, as its records tell it. `status` is None until it was confirmed."""

    newsletter: str
    seq: int = 0
    at: datetime | None = None
    status: str | None = None
    resumes_as: str | None = None
    signed_up_at: str | None = None
    confirmed_at: str | None = None
    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    topics: frozenset[str] = frozenset()

    @classmethod
    def contacts(cls, records: Iterable[Written]) -> dict[str, Self]:
        """Each contact of a chain, by its id."""
        found: dict[str, Self] = {}
        for record in records:
            if record.act != Act.LETTER_SENT:  # which may be told of late, and changes nothing
                found.setdefault(record.contact_id, cls(newsletter=record.newsletter)).follow(record)
        return found

    @property
    def granted(self) -> dict[str, str]:
        """Purpose -> wording."""
        return {name: one["wording"] for name, one in self.consents.items() if one["state"] == ConsentState.GRANTED}

    @property
    def is_living(self) -> bool:
        return self.status not in (None, Status.UNSUBSCRIBED)

    def follow(self, record: Written) -> None:
        """Go on by one act. What is told after an end, a dispute say, revives nothing."""
        self.seq = record.seq
        self.at = record.at
        if self.status != Status.UNSUBSCRIBED:
            self.date(record.act)
            self.consent(record.act, as_table(record.facts))
            self.mail(record.act)

    def date(self, act: str) -> None:
        """When this contact began; later requests only add to it."""
        if act == Act.SIGNED_UP:
            self.signed_up_at = self.signed_up_at or iso(self.at)
        if act == Act.CONFIRMED:
            self.confirmed_at = self.confirmed_at or iso(self.at)

    def consent(self, act: str, facts: Mapping[str, Any]) -> None:
        """What the person agreed to. Who says yes again has agreed by the words of the first time."""
        if act in (Act.CONFIRMED, Act.GRANTED):
            given = as_table(facts.get("granted")).items()
            self.put(ConsentState.GRANTED, {name: wording for name, wording in given if name not in self.granted})
        if act == Act.CONFIRMED:
            self.topics |= names(as_table(facts.get("displayed")).get("topics"))
        if act == Act.RECTIFIED:
            self.topics = names(facts.get("topics"))
        if act == Act.WITHDRAWN:
            refused = as_table(facts.get("consents"))
            self.put(ConsentState.WITHDRAWN, {name: w for name, w in self.granted.items() if name in refused})
        if act in ENDS:
            self.put(ConsentState.WITHDRAWN, self.granted)

    def put(self, state: ConsentState, wordings: Mapping[str, Any]) -> None:
        """Purposes that are in this state from now on."""
        told = {name: {"state": state.value, "at": iso(self.at), "wording": each} for name, each in wordings.items()}
        self.consents = {**self.consents, **told}

    def mail(self, act: str) -> None:
        """Whether it may be written to. What happens under a restriction shows when that is lifted."""
        if act in ENDS:
            self.status = Status.UNSUBSCRIBED
        elif act == Act.RESTRICTED and self.status != Status.RESTRICTED:
            self.status, self.resumes_as = Status.RESTRICTED, self.status
        elif act == Act.LIFTED and self.status == Status.RESTRICTED:
            self.status = self.resumes_as
        elif act in MAILED:
            if self.status == Status.RESTRICTED:
                self.resumes_as = MAILED[act]
            else:
                self.status = MAILED[act]


MAILED: Mapping[str, Status] = {
    Act.CONFIRMED: Status.SUBSCRIBED,
    Act.ADDRESS_CHANGED: Status.SUBSCRIBED,
    Act.SUSPENDED: Status.SUSPENDED,
}
"""Acts that show whether mail arrives."""


def iso(at: datetime | None) -> str | None:
    """An instant as the feed prints it."""
    return clock.iso(at) if at else None


def names(value: object) -> frozenset[str]:
    """A list of names; an empty one where somebody put something else there."""
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
