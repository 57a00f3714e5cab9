"""`flask contacts ...` of what nobody has confirmed: its data is somebody's, too."""

import json
from collections.abc import Callable

from click.testing import Result
from sqlalchemy import select

from newsletter import access, mailboxes
from newsletter.db import reader
from tests.people import People
from tests.verbs.contacts.looking import ADA, WHO

GRACE = "grace@example.org"


def test_reading_what_waits_is_journaled_as_reading_it(contacts: Callable[..., Result], people: People) -> None:
    """D4.3, GDPR 33: with its address and IP address it is shown to staff, so a breach can be told by the journal."""
    people.ask(ADA)
    people.ask(ADA, slug="webshop")

    for act in ("show", "export"):
        assert contacts(act, ADA, *WHO).stdout.count('"ip": "127.0.0.1"') == 2

    with reader() as session:
        read = session.execute(select(access.Read.what, access.Read.rows).order_by(access.Read.id)).all()
    assert [tuple(one) for one in read] == [
        ("contacts show of 2 unconfirmed by Grace: asked for it by phone", 2),
        ("contacts export of 2 unconfirmed by Grace: asked for it by phone", 2),
    ]


def test_whoever_is_subscribed_is_told_that_somebody_wants_to_have_their_address(
    people: People, contacts: Callable[..., Result]
) -> None:
    """A8.2; who it is they are not told (Article 15(4) GDPR)."""
    people.subscribe(ADA)
    people.subscribe(GRACE)
    contacts("rectify", ADA, *WHO, "--email", GRACE)

    grace, ada = (json.loads(contacts("export", one, *WHO).stdout) for one in (GRACE, ADA))

    [wish], own = grace["address_changes"], grace["address_change"]
    assert (wish.keys(), wish["address"], own) == ({"address", "asked_at", "deleted_at"}, GRACE, None)
    assert (ada["address_changes"], ada["address_change"]["address"]) == ([], GRACE)


def test_what_a_waiting_signup_is_for_and_where_it_came_from_is_told(
    people: People, contacts: Callable[..., Result]
) -> None:
    """A8.2: Article 15(1)(a) and (g) GDPR."""
    people.subscribe(ADA)
    people.ask(ADA, slug="webshop")

    told = json.loads(contacts("export", ADA, *WHO).stdout)

    assert {one["newsletter"] for one in told["purposes"]} == {"nyhedsbrev", "webshop"}
    assert {one["newsletter"] for one in told["origin"]} == {"nyhedsbrev", "webshop"}


def test_mail_that_was_set_aside_and_names_the_address_is_told(people: People, contacts: Callable[..., Result]) -> None:
    """A8.2. Whoever has only written to us is told of it, too; and staff print it by its id."""
    people.subscribe(ADA)
    mailboxes.set_aside(f"From: <{ADA}>, <{GRACE}>\nSubject: stop\n\nplease".encode(), "a test")

    told = [json.loads(contacts("export", one, *WHO).stdout)["mails_set_aside"] for one in (ADA, GRACE)]

    assert told[0] == told[1]
    assert [set(mail) for mail in told[0]] == [{"id", "at", "deleted_at"}]
    assert json.loads(contacts("export", GRACE, *WHO).stdout)["retention"]
    assert contacts("export", "eve@example.org", *WHO).exit_code == 1
