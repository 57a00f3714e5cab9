"""Letters that do not leave: held back, only for some recipients, or impossible to write (PRODUCT 4.3, 4.11)."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from newsletter import catalog, outbox, selfservice
from newsletter.outbox import Courier, Letter, State
from tests.conftest import EXAMPLE
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.verbs.delivery.sending import ADA, GRACE, LINUS, work


def test_where_only_some_may_be_mailed_nobody_else_ever_is(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    """G6"""
    staging = Inbox(make_app(only_recipients=("*@example.org", "tester@*")), relay)
    people.ask_each("eve@example.com", "Tester@Example.net", "Ada@Example.ORG", "eve@notexample.org.example.com")

    work(staging)
    with later(days=2):
        work(staging)

    assert relay.got == ["Tester@example.net", "Ada@example.org"]
    assert not [heard for heard in relay.heard if "eve@" in heard], "nor does the relay hear of them"


def test_what_was_withheld_does_not_leave_when_the_setting_is_gone(
    make_app: Callable[..., Flask], people: People, inbox: Inbox, relay: Relay
) -> None:
    people.ask_each("eve@example.com")
    work(Inbox(make_app(only_recipients=("*@example.org",)), relay))

    with later(hours=1):
        inbox.work()

    assert relay.letters == []


def test_a_letter_that_the_addresss_limit_holds_back_leaves_when_the_limit_allows(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.ask_each(ADA)
    assert people.ask(ADA, language="da").status_code == 303

    inbox.work()
    assert outbox.standing().letters == {State.SENT: 1, State.HELD: 1}
    with later(minutes=9):
        inbox.work()
    assert len(relay.letters) == 1
    with later(minutes=11):
        inbox.work()

    assert relay.got == [ADA, ADA]
    assert "Bekræft" in str(relay.letters[1].message["Subject"])


def test_of_the_letters_held_back_only_the_newest_ever_leaves(people: People, inbox: Inbox, relay: Relay) -> None:
    for language in ("en", "da", "de"):
        assert people.ask(ADA, language=language).status_code == 303

    inbox.work()
    for hours in range(1, 6):
        with later(hours=hours):
            inbox.work()

    assert len(relay.letters) == 2
    assert "Bitte" in str(relay.letters[1].message["Subject"])


def test_a_held_letter_whose_link_would_be_too_short_by_then_never_leaves(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    for day in range(3):
        with later(days=day):
            people.ask_each(ADA)
            inbox.work()
    with later(days=3):
        assert people.ask(ADA, language="da").status_code == 303
        inbox.work()
    assert len(relay.letters) == 3

    with later(days=31):
        inbox.work()

    assert len(relay.letters) == 3


class Moody(selfservice.Author):
    """An author who meets a fault of ours in each letter to one address."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        written = super().prepare(session, claimed, at)
        if any(letter.address == GRACE for letter in claimed):
            raise LookupError("nobody has thought of that")
        return written


class Forgetful(selfservice.Author):
    """An author who leaves a hole open in each letter to one address."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        for letter in (written := super().prepare(session, claimed, at)):
            if letter.address == GRACE:
                letter.holes = {name: value for name, value in (letter.holes or {}).items() if name != "confirm"}
        return written


class Stalled(selfservice.Author):
    """An author whose transaction stood still until PostgreSQL ended it."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        raise InternalError("", None, Exception())


@pytest.mark.parametrize("author", [Moody, Forgetful])
def test_a_letter_that_cannot_be_written_holds_up_nobody_else(
    people: People, inbox: Inbox, relay: Relay, author: type[selfservice.Author], caplog: pytest.LogCaptureFixture
) -> None:
    people.ask_each(ADA, GRACE, LINUS)
    courier = Courier(author())

    courier.deliver_due()
    with later(minutes=50):
        courier.deliver_due()

    assert relay.got == [ADA, LINUS]
    [told] = [record.msg for record in caplog.records if "set aside" in str(record.msg)]
    assert "Traceback" in told["exception"]
    assert GRACE not in str(told)
    courier.close()


def test_a_letter_is_not_set_aside_for_a_transaction_that_the_database_ended(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.ask_each(GRACE)
    courier = Courier(Stalled())
    with pytest.raises(InternalError):
        courier.deliver_due()
    courier.close()

    inbox.work()

    assert relay.got == [GRACE]


def test_a_letter_that_can_be_written_again_leaves_after_an_hour(people: People, inbox: Inbox, relay: Relay) -> None:
    people.ask_each(GRACE)
    courier = Courier(Moody())
    courier.deliver_due()
    courier.close()

    with later(minutes=61):
        inbox.work()

    assert relay.got == [GRACE]


def test_a_letter_that_could_not_be_written_is_tried_again_at_once_by_hand(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """Once what was wrong is mended. Its deadline may be near."""
    people.ask_each(GRACE)
    courier = Courier(Moody())
    courier.deliver_due()
    courier.close()

    assert outbox.retry() == 1
    inbox.work()

    assert relay.got == [GRACE]


def test_letters_of_a_newsletter_that_has_left_the_catalogue_hold_up_nobody_else(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    """A process that has not heard of the new catalogue yet takes one more sign-up."""
    people.ask_each(LINUS)
    unaware, text = make_app().test_client(), EXAMPLE.read_text()
    filled = People(unaware, people.inbox).filled(GRACE, "webshop")  # it has looked just now, and does not for a while
    catalog.apply(text[: text.index("# ---- The web shop")])
    assert unaware.post("/newsletters/webshop/signups", data=filled).status_code == 303
    people.ask_each(ADA)

    work(Inbox(make_app(), relay))

    assert relay.got == [LINUS, ADA]
    assert outbox.standing().letters == {State.SENT: 2}


def test_a_letter_in_a_language_that_has_left_the_catalogue_leaves_in_the_newsletters_own(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    assert people.ask(GRACE, slug="webshop", language="de").status_code == 303
    head, mark, webshop = EXAMPLE.read_text().partition("# ---- The web shop")
    catalog.apply(head + mark + without_german(webshop))

    assert people.confirm(GRACE).status_code == 200

    assert "Bekræft" in str(relay.letters[0].message["Subject"])


def without_german(text: str) -> str:
    """A newsletter's part of the catalogue, in Danish and English only."""
    text = text.replace('languages = ["da", "de", "en"]', 'languages = ["da", "en"]')
    lines = []
    skipping = False
    for line in text.splitlines():
        if line.startswith("de = "):
            skipping = line.endswith('"""')
            continue
        if skipping:
            skipping = not line.endswith('"""')
            continue
        lines.append(drop_german(line))
    return "\n".join(lines)


def drop_german(line: str) -> str:
    before, german, rest = line.partition(' de = "')
    return before + rest[rest.index('",') + 2 :] if german else line
