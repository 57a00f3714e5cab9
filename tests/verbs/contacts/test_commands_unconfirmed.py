"""`flask contacts ...` of sign-ups that nobody has confirmed: their data is somebody's, too."""

from collections.abc import Callable

from click.testing import Result
from sqlalchemy import select

from newsletter import access
from newsletter.db import reader
from tests.people import People
from tests.verbs.contacts.looking import ADA, WHO


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
