"""`flask contacts` at the moment when the person moves to another address."""

from collections.abc import Callable

import pytest
from click.testing import Result

from newsletter import feed
from tests.people import Inbox, People
from tests.verbs.contacts.looking import ADA, WHO
from tests.verbs.races.pressing import in_turn, on_postgresql, pressing

NEW = "countess@example.net"


@on_postgresql
@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (("unsubscribe",), "unsubscribed"),
        (("unsubscribe", "--newsletter", "nyhedsbrev"), "unsubscribed"),
        (("restrict",), "restricted"),
        (("lift",), "subscribed"),
        (("withdraw", "--purpose", "tracking"), "tracking no"),
        (("rectify", "--language", "da"), "; da;"),
    ],
)
def test_what_is_done_as_the_person_moves_is_said_to_be_done(
    ada: str, contacts: Callable[..., Result], people: People, inbox: Inbox, act: tuple[str, ...], sentence: str
) -> None:
    """The command has found them at the old address. SQLite has one writer."""
    contacts("rectify", ADA, "--email", NEW, *WHO)
    move = pressing(people, inbox.link(NEW), "confirm")

    moved, done = in_turn(people, ADA, move, lambda: contacts(act[0], ADA, *act[1:], *WHO))

    assert (moved.status_code, done.exit_code) == (200, 0), done.output
    assert f"nyhedsbrev {ada}: " in done.stdout
    assert sentence in done.stdout
    assert len(feed.contacts_of(NEW)) == 2
