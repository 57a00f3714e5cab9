"""Links and suppressions through a rotation of keys (PRODUCT 4.12)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from newsletter.config import SecretKey
from tests.conftest import SECRET, Contents
from tests.journeys.processes.running import ADA, GRACE, NEW_KEY
from tests.people import Inbox, People, later
from tests.servers import Relay


def rotated(make_app: Callable[..., Flask], people: People, *keys: SecretKey) -> People:
    return People(make_app(secret_keys=keys).test_client(use_cookies=False), people.inbox)


def test_a_new_key_in_front_leaves_every_old_link_alive(make_app: Callable[..., Flask], people: People) -> None:
    """D1.5"""
    people.subscribe(ADA)
    people.ask(GRACE)
    people.ask("linus@example.org")
    confirm, cancel = people.inbox.link(GRACE), people.inbox.link("linus@example.org", "cancel")
    unsubscribe = people.unsubscribe_link(ADA)

    after = rotated(make_app, people, NEW_KEY, SECRET)

    assert after.press(confirm, "confirm").status_code == 200
    assert after.press(cancel, "cancel").status_code == 200
    assert after.press(unsubscribe, "unsubscribe").status_code == 200
    assert after.client.get(cancel).status_code == 404


def test_links_of_a_reducing_key_let_people_leave_and_confirm_nothing(
    make_app: Callable[..., Flask], people: People
) -> None:
    people.subscribe(ADA)
    people.ask(GRACE)
    confirm, cancel = people.inbox.link(GRACE), people.inbox.link(GRACE, "cancel")
    unsubscribe = people.unsubscribe_link(ADA)

    after = rotated(make_app, people, NEW_KEY, replace(SECRET, reduces=True))

    assert after.client.get(confirm).status_code == 404
    assert after.client.post(confirm, data={"nonce": "any"}).status_code == 404
    assert after.press(cancel, "cancel").status_code == 200
    assert after.press(unsubscribe, "unsubscribe").status_code == 200


def test_a_letter_that_waits_while_its_key_is_reduced_leaves_with_links_that_live(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    relay.answer("RCPT", "451 4.7.1 Greylisted", times=1)
    people.ask(ADA)
    people.inbox.work()

    app = make_app(secret_keys=(NEW_KEY, replace(SECRET, reduces=True)))
    after = People(app.test_client(use_cookies=False), Inbox(app, relay))
    with later(minutes=5), app.app_context():
        assert after.confirm(ADA).status_code == 200


def test_a_suppression_holds_when_the_key_is_rotated(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    people.ask(ADA)
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    app = make_app(secret_keys=(NEW_KEY, SECRET))
    after = People(app.test_client(use_cookies=False), Inbox(app, relay))
    assert after.ask(ADA).status_code == 303
    with app.app_context():
        after.inbox.work()

    assert len(relay.letters) == 1


@pytest.mark.parametrize(
    "called",
    [
        f"suppressions show {ADA}",
        f"suppressions add {GRACE}",
        f"suppressions lift {ADA}",
        f"contacts export {ADA} --reason asked --actor Grace",
        f"contacts erase {GRACE} --reason asked --actor Grace --never-again",
        f"evidence locked {ADA} --reason asked --actor Grace",
    ],
)
def test_without_the_key_of_a_hash_no_command_says_that_there_is_none(
    make_app: Callable[..., Flask], people: People, contents: Callable[[], Contents], called: str
) -> None:
    """Nor does one leave a hash of a key behind that no other process knows: those would not start any more."""
    people.subscribe(GRACE)
    people.ask(ADA)
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")
    before = contents()

    forgetful = make_app(secret_keys=(NEW_KEY,))
    with forgetful.app_context():
        told = forgetful.test_cli_runner().invoke(args=called.split())

    assert told.exit_code == 1
    assert "NEWSLETTER_SECRET_KEYS: lacks a key that living links, suppressions or webhooks still need" in told.stderr
    assert told.stdout == ""
    assert contents() == before
