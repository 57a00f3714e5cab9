"""What a subscriber may change without leaving: what is kept of them, and what it may be used for (PRODUCT 4.6, 4.7).

Each verb may be repeated: what is so already is not written again. Each locks the person, and leaves evidence and
a change in the same transaction.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from newsletter import catalog, clock
from newsletter.catalog import NEWSLETTER
from newsletter.changes import ChangeKind
from newsletter.columns import canonical
from newsletter.consent import Act
from newsletter.db import detached, transaction
from newsletter.errors import FieldsInvalid, WordingRetired
from newsletter.links import Shown
from newsletter.subscriptions.cause import Cause, Channel
from newsletter.subscriptions.person import Deed, locked, record
from newsletter.subscriptions.states import TRACKING, ConsentState
from newsletter.subscriptions.subscription import Subscription
from newsletter.subscriptions.wishes import NOT_A_CHOICE, Wishes

LEAVE_INSTEAD = "The newsletter itself is left by unsubscribing."


def rectify(contact_id: str, wishes: Wishes, cause: Cause) -> Subscription:
    """Put right fields, language and topics (Article 16 GDPR). Nobody but the person, on their own page, adds a topic.

    Raises ContactUnknown, SubscriptionOver, or FieldsInvalid with a sentence for each part that cannot be so.
    """
    with transaction() as session:
        subscription = locked(session, contact_id)
        put_right(session, subscription, wishes, cause)
        return detached(session, subscription)


def rectify_all(wanted: Mapping[str, Wishes], cause: Cause) -> None:
    """Put several contacts of one person right: each as its wishes are, or none of them. Raises as `rectify` does."""
    with transaction() as session:
        for subscription in [locked(session, contact_id) for contact_id in wanted]:
            put_right(session, subscription, wanted[subscription.id], cause)


def put_right(session: Session, subscription: Subscription, wishes: Wishes, cause: Cause) -> None:
    newsletter = catalog.current().newsletter(subscription.newsletter)
    wishes.check(newsletter, subscription, may_add=cause.channel is Channel.ME)
    before = subscription.fields
    is_new = subscription.rectify(
        fields=wishes.fields_on(subscription),
        language=wishes.language or subscription.language,
        topics=wishes.topics_on(subscription),
        at=clock.now(),
    )
    if is_new:
        facts = {"language": subscription.language, "topics": subscription.topics}
        fields = {} if subscription.fields == before else {"fields": canonical(subscription.fields)}
        deed = Deed(act=Act.RECTIFIED, kind=ChangeKind.UPDATED, cause=cause.noting(fields), facts=facts)
        record(session, subscription, deed)


def grant(contact_id: str, wordings: Mapping[str, str], cause: Cause, *, shown: Shown | None = None) -> Subscription:
    """Grant purposes, in the words that were shown: purpose -> wording id, current and in the person's language.

    `shown` is what our own page displayed, by its own account: the primary proof of the words (PRODUCT 4.4).
    Raises ContactUnknown, SubscriptionOver, or WordingRetired, which names the current ones (A1.6).
    """
    with transaction() as session:
        subscription = locked(session, contact_id)
        newsletter = catalog.current().newsletter(subscription.newsletter)
        in_force = newsletter.wordings_in(newsletter.language_for(subscription.language))
        current = {purpose: wording.id for purpose, wording in in_force.items()}
        if not wordings.items() <= current.items():
            raise WordingRetired(current)
        before = subscription.granted
        if subscription.add_purposes(wordings, clock.now()):
            facts = {"granted": dict(wordings), "privacy_version": newsletter.privacy.version, **displayed(shown)}
            kind = ChangeKind.TRACKING_GRANTED if TRACKING in set(wordings) - set(before) else ChangeKind.UPDATED
            deed = Deed(act=Act.GRANTED, kind=kind, cause=cause, facts=facts)
            record(session, subscription, deed)
        return detached(session, subscription)


def displayed(shown: Shown | None) -> dict[str, Any]:
    return {"displayed": {"page": shown.what, "at": clock.iso(shown.at)}} if shown else {}


def withdraw(contact_id: str, purposes: Collection[str], cause: Cause) -> Subscription:
    """Withdraw purposes while the subscription goes on (A5.5); what was never asked for is declined.

    Whoever has left has withdrawn everything, so that is no refusal. Raises ContactUnknown, or FieldsInvalid for
    a purpose that never was, and for the newsletter itself.
    """
    with transaction() as session:
        subscription = locked(session, contact_id)
        say_no(session, subscription, purposes, cause)
        return detached(session, subscription)


def withdraw_all(wanted: Mapping[str, Collection[str]], cause: Cause) -> None:
    """Withdraw purposes of several contacts of one person, of all or of none. Raises as `withdraw` does."""
    with transaction() as session:
        for subscription in [locked(session, contact_id) for contact_id in wanted]:
            say_no(session, subscription, wanted[subscription.id], cause)


def say_no(session: Session, subscription: Subscription, purposes: Collection[str], cause: Cause) -> None:
    check(subscription, purposes)
    before = subscription.granted
    if subscription.withdraw(purposes, clock.now()):
        facts = {"consents": {purpose: subscription.state_of(purpose).value for purpose in purposes}}
        kind = ChangeKind.TRACKING_WITHDRAWN if TRACKING in set(before) & set(purposes) else ChangeKind.UPDATED
        record(session, subscription, Deed(act=Act.WITHDRAWN, kind=kind, cause=cause, facts=facts))


def check(subscription: Subscription, purposes: Collection[str]) -> None:
    """What was ever granted can be withdrawn, whatever the catalogue says of it by now."""
    if NEWSLETTER in purposes:
        raise FieldsInvalid({"purposes": [LEAVE_INSTEAD]})
    if set(purposes) - set(refusable(subscription, purposes)):
        raise FieldsInvalid({"purposes": [NOT_A_CHOICE]})


def refusable(subscription: Subscription, purposes: Collection[str]) -> list[str]:
    """Those of these purposes that the person has been asked for, or could be."""
    offered = {purpose.id for purpose in catalog.current().newsletter(subscription.newsletter).purposes}
    return [name for name in purposes if name in offered or subscription.state_of(name) is not ConsentState.UNKNOWN]
