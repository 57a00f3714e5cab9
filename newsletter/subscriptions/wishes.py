"""What somebody wants put right about a subscription, and whether it can be."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from newsletter.catalog import Field, Newsletter
from newsletter.errors import FieldsInvalid
from newsletter.guard import INVISIBLE_SENTENCE, blanked, has_invisible
from newsletter.subscriptions.subscription import Subscription

NOT_A_CHOICE = "This is not one of the choices."
NOT_KNOWN = "Unknown field."
TOO_LONG = "This is too long."
ONLY_REMOVED = "Topics can be removed here. Only the person can add one."


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is to be put right; None leaves a part as it is.

    Of `fields` only those named change, and an empty one is removed. `topics` are all that shall be left; `dropped` go
    from whatever is there by then, so that nobody who only takes away also undoes what was just added.
    """

    fields: Mapping[str, str] | None = None
    language: str | None = None
    topics: Collection[str] | None = None
    dropped: Collection[str] = ()

    def check(self, newsletter: Newsletter, subscription: Subscription, *, may_add: bool) -> None:
        """Raises FieldsInvalid with a sentence for each part that cannot be so."""
        faults = dict(self.faults(newsletter, subscription, may_add))
        if faults:
            raise FieldsInvalid({name: [sentence] for name, sentence in faults.items()})

    def faults(self, newsletter: Newsletter, subscription: Subscription, may_add: bool) -> Iterator[tuple[str, str]]:
        yield from fields_faults(newsletter, subscription, self.fields or {})
        if self.language is not None and self.language not in newsletter.languages:
            yield "language", NOT_A_CHOICE
        new = set(self.topics or ()) - set(subscription.topics)
        if new - set(newsletter.topic_ids):
            yield "topics", NOT_A_CHOICE
        elif new and not may_add:
            yield "topics", ONLY_REMOVED

    def fields_on(self, subscription: Subscription) -> dict[str, str]:
        """The fields as they shall be, without blank ones and what looks like advertising (C3)."""
        named = {name: blanked(value) for name, value in (self.fields or {}).items()}
        return {name: value for name, value in {**subscription.fields, **named}.items() if value.strip()}

    def topics_on(self, subscription: Subscription) -> list[str]:
        return sorted(set(subscription.topics if self.topics is None else self.topics) - set(self.dropped))


def fields_faults(
    newsletter: Newsletter, subscription: Subscription, wanted: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """A field that the catalogue no longer has can be emptied or left as it is, and nothing else."""
    known = {field.name: field for field in newsletter.fields}
    for name, value in wanted.items():
        if value == subscription.fields.get(name):
            continue
        if name in known:
            yield from ((name, sentence) for sentence in value_faults(known[name], value))
        elif value or name not in subscription.fields:
            yield name, NOT_KNOWN


def value_faults(field: Field, value: str) -> Iterator[str]:
    if has_invisible(value):
        yield INVISIBLE_SENTENCE
    elif len(value) > field.max_length:
        yield TOO_LONG
