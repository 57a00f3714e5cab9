"""Complaints about the newsletter and about letters of ours (B4)."""

from collections.abc import Callable

import pytest

from newsletter.feedback import Fate, receive
from tests.conftest import Contents, Run
from tests.kept import contact
from tests.people import People
from tests.returned import COMPLAINTS, arf, of_contact, status
from tests.servers import Relay
from tests.verbs.inbound.coming_back import aside, counted, token


def test_a_complaint_about_the_newsletter_ends_subscription_and_tracking(people: People) -> None:
    """B4.3: the newsletter was sent by the tool, with the header that the feed gave it."""
    people.subscribe("ada@example.org", tracking=True)
    header = f"<http://localhost/unsubscribe/{token()}>"

    assert receive(arf(sender="bounces@tool.example", leave=header), COMPLAINTS) is Fate.HANDLED

    assert status() == "unsubscribed"
    assert {consent["state"] for consent in contact().consents.values()} == {"withdrawn"}


@pytest.mark.parametrize("kind", ["fraud", "opt-out", "other"])
def test_whatever_says_not_that_is_a_complaint(people: People, kind: str) -> None:
    """B4.3, RFC 5965 7.3."""
    people.subscribe("ada@example.org")

    assert receive(arf(kind, leave=f"<http://localhost/unsubscribe/{token()}>"), COMPLAINTS) is Fate.HANDLED

    assert status() == "unsubscribed"


def test_a_complaint_about_a_letter_of_ours_is_known_by_its_sender(people: People, relay: Relay) -> None:
    people.subscribe("ada@example.org")
    people.ask("grace@example.org")
    people.inbox.work()
    to_grace = relay.letters[-1].sender

    assert receive(arf(sender=of_contact()), COMPLAINTS) is Fate.HANDLED
    assert receive(arf(sender=to_grace), to_grace) is Fate.HANDLED

    assert status() == "unsubscribed"
    assert people.client.get(people.inbox.link("grace@example.org")).status_code == 404
    assert (counted("expired"), counted("not_me")) == (0, 1)


def test_a_complaint_about_the_confirmation_letter_ends_what_came_of_it(people: People, relay: Relay) -> None:
    people.subscribe("ada@example.org")

    assert receive(arf(sender=relay.letters[0].sender), COMPLAINTS) is Fate.HANDLED

    assert status() == "unsubscribed"


def test_a_complaint_about_a_signup_that_is_held_kills_its_link_and_leaves_the_evidence(
    people: People, relay: Relay, run: Run, contents: Callable[[], Contents]
) -> None:
    """A4.7: the hold is there for just such a complaint."""
    people.ask("ada@example.org")
    link = people.inbox.link("ada@example.org")
    run("signups", "hold", "ada@example.org", "--until", "2100-01-01", "--reason", "not her", "--actor", "grace")

    fates = [receive(arf(sender=relay.letters[0].sender), COMPLAINTS) for _ in range(2)]

    assert fates == [Fate.HANDLED, Fate.ASIDE]
    assert len(contents()["signups"]) == len(contents()["letters"]) == 1
    assert people.client.get(link).status_code == 404
    assert counted("not_me") == 1


@pytest.mark.parametrize("feedback_type", ["not-spam", "auth-failure", "dmarc", ""])
def test_a_report_that_is_no_complaint_changes_nothing(people: People, feedback_type: str) -> None:
    people.subscribe("ada@example.org")

    assert receive(arf(feedback_type, sender=of_contact()), COMPLAINTS) is Fate.IGNORED

    assert status() == "subscribed"


def test_a_complaint_about_nobody_known_is_set_aside(people: People, contents: Callable[[], Contents]) -> None:
    assert receive(arf(leave="<https://elsewhere.example/unsubscribe/x>"), COMPLAINTS) is Fate.ASIDE
    assert aside(contents) == 1
