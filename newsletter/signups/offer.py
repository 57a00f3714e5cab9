"""What a signup asks for or a subscription has, in the words that letters and pages show."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from newsletter import addresses, catalog
from newsletter.catalog import Newsletter, Wording
from newsletter.columns import canonical
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Subscription


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What somebody asks for, or has agreed to, as letters and pages tell it to them."""

    newsletter: Newsletter
    language: str
    topics: Sequence[str]
    wordings: Mapping[str, Wording]
    fields: Mapping[str, str]
    masked: str
    settled: Collection[str] = ()
    """Purposes that are granted, whatever becomes of this."""

    @classmethod
    def of(cls, signup: Signup, had: Subscription | None = None) -> Self:
        """What confirming would bring; to whoever `had` a subscription, no fields: those that are kept stay."""
        newsletter = catalog.current(signup.catalog).newsletter(signup.newsletter)
        return cls(
            newsletter=newsletter,
            language=newsletter.language_for(signup.language),
            topics=signup.topics,
            wordings=catalog.worded(newsletter, signup.wordings),
            fields={} if had else signup.fields,
            masked=addresses.mask(signup.address),
            settled=had.granted if had else (),
        )

    @classmethod
    def kept(cls, subscription: Subscription) -> Self:
        """What somebody has agreed to, told again."""
        newsletter = catalog.current().newsletter(subscription.newsletter)
        return cls(
            newsletter=newsletter,
            language=newsletter.language_for(subscription.language),
            topics=subscription.topics,
            wordings=catalog.worded(newsletter, subscription.agreed),
            fields=subscription.fields,
            masked=addresses.mask(subscription.subscriber.address),
        )

    @property
    def name(self) -> str:
        return self.newsletter.name_in(self.language)

    @property
    def topic_names(self) -> list[str]:
        """In the order of the form."""
        return [topic.names[self.language] for topic in self.newsletter.topics if topic.id in self.topics]

    @property
    def labelled_fields(self) -> list[tuple[str, str]]:
        """As they will be stored: in the order of the form, then what the catalogue no longer asks for."""
        labels = self.newsletter.labels_in(self.language)
        names = sorted(self.fields, key=[*labels, *self.fields].index)
        return [(labels.get(name, name), self.fields[name]) for name in names]

    @property
    def privacy_url(self) -> str:
        return self.newsletter.privacy.urls[self.language]

    @property
    def droppable(self) -> dict[str, Wording]:
        """The consents that can be left out when confirming."""
        stays = {catalog.NEWSLETTER, *self.settled}
        return {purpose: wording for purpose, wording in self.wordings.items() if purpose not in stays}

    @property
    def displayed(self) -> str:
        """What the page's nonce brings back as evidence: the page's digest, and which notice it led to (A1.7)."""
        return f"{self.digest}|{self.newsletter.privacy.version}"

    @property
    def digest(self) -> str:
        """Names all that the page displays of this offer, in the words that it uses."""
        texts = {purpose: wording.text for purpose, wording in self.wordings.items()}
        shown = [self.name, self.topic_names, texts, dict(self.fields), self.masked, self.privacy_url]
        return hashlib.sha256(canonical(shown).encode()).hexdigest()[:16]
