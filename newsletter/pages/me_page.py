"""How the person's own page is filled: every subscription, with its forms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote

from flask import Response
from werkzeug.datastructures import MultiDict

from newsletter import catalog, languages, links, selfservice
from newsletter.catalog import NEWSLETTER, Newsletter, Topic, Wording
from newsletter.errors import FieldsInvalid
from newsletter.links import Purpose
from newsletter.pages import contact, me_kept_beside, me_records
from newsletter.selfservice import Person
from newsletter.subscriptions import ConsentState, Subscription


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What was wrong with a form that came back: the contact it was about, what was entered, and what to do."""

    about: str
    values: Mapping[str, str]
    errors: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, form: MultiDict[str, str], refusal: FieldsInvalid) -> Self:
        return cls(about=form.get("contact", ""), values=form.to_dict(), errors=refusal.errors)

    def in_language(self, language: str) -> dict[str, list[str]]:
        return languages.said(self.errors, language)


NO_FAULTS = Faults(about="", values={}, errors={})
SHOWN = {"subscriptions", "ip", "proof"}
"""What the page shows of everybody, by its names in the retention table."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One consent as it stands: what for, since when, in which words."""

    purpose: str
    name: str
    state: str
    at: datetime | None
    wording: Wording | None

    @property
    def granted(self) -> bool:
        return self.state == ConsentState.GRANTED


@dataclass(frozen=True, kw_only=True)
class Part:
    """One subscription, as the page tells of it."""

    subscription: Subscription
    newsletter: Newsletter
    language: str
    topics: Sequence[Topic]
    agreements: Sequence[Agreement]
    offered: Mapping[str, Wording]
    values: Mapping[str, str]
    errors: Mapping[str, Sequence[str]]

    @property
    def id(self) -> str:
        return self.subscription.id

    @property
    def name(self) -> str:
        return self.newsletter.name_in(self.language)

    @property
    def field_names(self) -> list[str]:
        return field_names(self.subscription)

    def label(self, name: str) -> str:
        """What a field is called; by its bare name where the catalogue no longer has it."""
        return self.newsletter.labels_in(self.language).get(name, name)


def page_of(
    token: str,
    person: Person,
    *,
    status: int = 200,
    again: bool = False,
    done: str | None = None,
    faults: Faults = NO_FAULTS,
) -> Response:
    """The page; its nonce names what it displays for ticking."""
    language = contact.language_of(person.newest)
    parts = [part_of(subscription, language, faults) for subscription in person.subscriptions]
    return contact.page_for(
        person.newest,
        "me.html",
        422 if faults.errors else status,
        person=person,
        parts_of_page=parts,
        living=[part for part in parts if not part.subscription.is_over],
        waiting=selfservice.waiting(person.subscriber.id),
        records=me_records.of(person),
        also=me_kept_beside.kept(person.newest.id, language),
        kept=[catalog.cells(catalog.current(), row, language) for row in catalog.ROWS if row.name in SHOWN],
        token=token,
        nonce=links.nonce(Purpose.ME, person.link_id, displayed(parts)),
        again=again,
        done=done,
        faults=faults.in_language(language),
        typed=faults.values.get("email", ""),
    )


def displayed(parts: Sequence[Part]) -> str:
    """Every wording that can be ticked, and beside it the privacy notice that the page leads to there (A1.7)."""
    return ",".join(sorted({beside(wording, part.newsletter) for part in parts for wording in part.offered.values()}))


def beside(wording: Wording, newsletter: Newsletter) -> str:
    return f"{wording.id}|{quote(newsletter.privacy.version, safe='')}"


def part_of(subscription: Subscription, language: str, faults: Faults) -> Part:
    newsletter = contact.newsletter_of(subscription)
    faulty = faults.about == subscription.id
    return Part(
        subscription=subscription,
        newsletter=newsletter,
        language=newsletter.language_for(language),
        topics=[topic for topic in newsletter.topics if not topic.retired or topic.id in subscription.topics],
        agreements=agreements_of(subscription, newsletter, language),
        offered=offered(subscription),
        values={**subscription.fields, **(faults.values if faulty else {})},
        errors=faults.in_language(language) if faulty else {},
    )


def agreements_of(subscription: Subscription, newsletter: Newsletter, language: str) -> list[Agreement]:
    """Every purpose that was ever decided on, then those that the catalogue came to offer later."""
    names = {purpose.id: purpose.names for purpose in newsletter.purposes}
    offered_later = [purpose.id for purpose in newsletter.living_purposes if purpose.id not in subscription.consents]
    return [
        agreement(subscription, purpose, names.get(purpose, {}).get(newsletter.language_for(language), purpose))
        for purpose in [*subscription.consents, *offered_later]
    ]


def agreement(subscription: Subscription, purpose: str, name: str) -> Agreement:
    known = subscription.consents.get(purpose, {})
    wording_id = known.get("wording")
    return Agreement(
        purpose=purpose,
        name=name,
        state=subscription.state_of(purpose).value,
        at=datetime.fromisoformat(known["at"]) if known else None,
        wording=catalog.wording(wording_id) if wording_id else None,
    )


def offered(subscription: Subscription) -> dict[str, Wording]:
    """The purposes that can be granted now, in the words that are current in the subscription's language."""
    newsletter = contact.newsletter_of(subscription)
    if subscription.is_over or newsletter.retired:
        return {}
    wordings = newsletter.wordings_in(newsletter.language_for(subscription.language))
    closed = {NEWSLETTER, *subscription.granted}
    return {purpose: wording for purpose, wording in wordings.items() if purpose not in closed}


def unchanged(subscription: Subscription, displayed: Collection[str]) -> dict[str, str]:
    """By purpose, the wordings that can be granted now and were displayed so, with the notice that is in force now."""
    newsletter = contact.newsletter_of(subscription)
    return {
        purpose: wording.id
        for purpose, wording in offered(subscription).items()
        if beside(wording, newsletter) in displayed
    }


def field_names(subscription: Subscription) -> list[str]:
    """The fields that can be changed, and what the catalogue no longer asks for but is still kept."""
    asked = [field.name for field in contact.newsletter_of(subscription).fields]
    return [*asked, *(name for name in subscription.fields if name not in asked)]


def topics_wished(subscription: Subscription, ticked: Collection[str]) -> set[str]:
    """What is ticked of the boxes that the page shows. One that the catalogue no longer names stays as it is."""
    known = {topic.id for topic in contact.newsletter_of(subscription).topics}
    return {*ticked, *(topic for topic in subscription.topics if topic not in known)}
