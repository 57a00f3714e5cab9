"""What one press of the button will write: worked out in memory, then written at once or not at all."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from newsletter import catalog, clock, counts, guard, ids
from newsletter.catalog import NEWSLETTER
from newsletter.changes import Change, ChangeKind
from newsletter.columns import canonical
from newsletter.consent import Act, Chain, Evidence, EvidenceValue, Visit
from newsletter.counts import Count, Event
from newsletter.entities import made, row
from newsletter.links import Shown
from newsletter.one_statement import NOTHING_REPLACED, Models, Rows
from newsletter.outbox import Letter
from newsletter.signups.confirmation_standing import Standing
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.letters import to_contact
from newsletter.signups.resolution import Outcome, Resolution
from newsletter.signups.sent_letters import record_letter
from newsletter.signups.signup import Signup
from newsletter.subscriptions import TRACKING, ConsentState, Subscriber, Subscription, change_row, lock_name


class Method(StrEnum):
    """How somebody said yes (PRODUCT 4.4)."""

    BUTTON = "button"  # pressed on the page
    SAME_BROWSER = "same_browser"  # the page pressed it, in the browser that had signed up
    CODE = "code"  # the letter's code, typed on the waiting page


@dataclass(frozen=True, kw_only=True)
class Press:
    """Somebody pressed the button of the page: what the page's form brought along, and from where."""

    nonce: str
    dropped: Collection[str]
    visit: Visit
    method: Method = Method.BUTTON


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One press of the button, and how things stood then. It works out what to write: nothing here reads or writes."""

    standing: Standing
    press: Press
    shown: Shown
    at: datetime

    @property
    def signup(self) -> Signup:
        return self.standing.signup

    @cached_property
    def granted(self) -> dict[str, str]:
        """Purpose -> wording, without what the page's box has dropped; the newsletter itself cannot be."""
        wordings = self.signup.wordings.items()
        return {purpose: w for purpose, w in wordings if purpose == NEWSLETTER or purpose not in self.press.dropped}

    @cached_property
    def subscriber(self) -> Subscriber:
        """Who the address already is, or a newcomer."""
        signup = self.signup
        newcomer = {"address": signup.address, "address_key": signup.address_key, "created_at": self.at}
        return self.standing.subscriber or made(Subscriber, {"id": ids.new(), **newcomer})

    @property
    def subscription(self) -> Subscription:
        return self.outcome[0]

    @cached_property
    def outcome(self) -> tuple[Subscription, list[dict[str, Any]]]:
        """A new subscription, or the living one with what was added; and what the feed is told of it."""
        subscription = self.standing.subscription
        if subscription is None:
            subscription = Subscription.begin(self.subscriber, self.signup, self.granted, self.at)
            return subscription, [change_row(subscription, ChangeKind.CONFIRMED)]
        return subscription, list(self.added_to(subscription))

    def added_to(self, subscription: Subscription) -> Iterator[dict[str, Any]]:
        """Add what is new to a living subscription; what the feed is told of each part."""
        declined, before = self.declined, subscription.granted
        if subscription.add_topics(self.signup.topics, self.at):
            yield change_row(subscription, ChangeKind.UPDATED)
        if subscription.add_purposes(self.granted, self.at):
            is_followed = TRACKING in set(subscription.granted) - set(before)
            yield change_row(subscription, ChangeKind.TRACKING_GRANTED if is_followed else ChangeKind.UPDATED)
        if subscription.withdraw(declined, self.at):
            yield change_row(subscription, ChangeKind.UPDATED)

    @cached_property
    def declined(self) -> list[str]:
        """What a subscriber was offered for the first time and did not grant: a decline, and nobody withdraws it."""
        living = self.standing.subscription
        left = [purpose for purpose in self.signup.offered if purpose not in self.granted]
        return [purpose for purpose in left if living and living.state_of(purpose) is ConsentState.UNKNOWN]

    def rows(self) -> Rows:
        chain = self.chain()
        return {
            Subscriber: [] if self.standing.subscriber else [row(self.subscriber)],
            Subscription: [row(self.subscription)],
            Evidence: chain.records,
            EvidenceValue: chain.values,
            Change: self.outcome[1],
            Resolution: [self.resolution()],
            Count: [counts.row(Event.CONFIRMED, self.signup, self.at)],
            **self.welcome(),
        }

    @property
    def replaced(self) -> Models:
        """A living subscription is written over with what was added."""
        return frozenset({Subscription}) if self.standing.subscription else NOTHING_REPLACED

    def welcome(self) -> Rows:
        """A letter to a new subscriber, where the catalogue asks for one."""
        if self.standing.subscription or not catalog.current().newsletter(self.signup.newsletter).welcome:
            return {}
        return {Letter: [to_contact(self.subscription, LetterKind.WELCOME).row()]}

    def chain(self) -> Chain:
        """Both acts and the letters between them, in the order in which they happened."""
        chain, signup = self.standing.chain(self.subscriber), self.signup
        contact = (signup.newsletter, self.subscription.id)
        chain.append(
            Act.SIGNED_UP, at=signup.signed_up_at, contact=contact, facts=claimed(signup), values=asker(signup)
        )
        for letter in self.standing.letters:
            record_letter(chain, letter, contact)
        chain.append(Act.CONFIRMED, at=self.at, contact=contact, facts=self.facts(), values=self.press.visit.values)
        return chain

    def facts(self) -> dict[str, Any]:
        """How it was confirmed, how long after the letter, and what our own page displayed (A2.2, PRODUCT 4.4)."""
        last = self.standing.letters[-1].sent_at if self.standing.letters else None
        return {
            "method": self.press.method.value,
            "seconds_after_letter": int((self.at - last).total_seconds()) if last else None,
            "displayed": self.displayed(),
            "granted": self.granted,
            "dropped": sorted(self.signup.wordings.keys() - self.granted.keys()),
            **({"declined": self.declined} if self.declined else {}),
        }

    def displayed(self) -> dict[str, Any]:
        """The page named the notice that it led to; a letter, whose code was typed, led to the signup's."""
        page, _, notice = self.shown.what.partition("|")
        return {
            "page": page,
            "at": clock.iso(self.shown.at),
            "wordings": self.signup.wordings,
            "topics": self.signup.topics,
            "privacy_version": notice or self.signup.privacy_version,
        }

    def resolution(self) -> dict[str, Any]:
        return {
            "signup_id": self.signup.id,
            "contact_id": self.subscription.id,
            "outcome": Outcome.CONFIRMED.value,
            "key_id": next((letter.key_id for letter in self.standing.letters), None),
            "at": self.at,
        }

    def gate(self) -> dict[str, Any]:
        """The parameters of the statement's gate."""
        signup = self.signup
        return {
            "person": lock_name(signup.address_key),
            "id": signup.id,
            "deadline": signup.deadline,
            "now": self.at,
            "newsletter": signup.newsletter,
            "address_key": signup.address_key,
            "subscriber_id": self.subscriber.id,
            "contact_id": self.subscription.id,
            "recorded": " ".join([letter.id for letter in self.standing.letters]),
            "letter_keys": " ".join(guard.letter_keys(signup.email.limit_key)),
        }


def claimed(signup: Signup) -> dict[str, Any]:
    """What the form said: a claim, until the page of the confirmation displayed the same words."""
    under = catalog.as_applied(signup.catalog)
    return {
        "language": signup.language,
        "topics": signup.topics,
        "wordings": signup.wordings,
        "offered": signup.offered,
        "privacy_version": signup.privacy_version,
        "source": signup.source,
        "catalog": signup.catalog,
        "catalog_sha256": under.sha256 if under else None,
        "ip_told_by": signup.told_by,
    }


def asker(signup: Signup) -> dict[str, str | None]:
    fields = canonical(signup.fields) if signup.fields else None
    return {"typed": signup.typed, "address": signup.address, "fields": fields, **signup.visit.values}
