"""A mailing list of Mailman's holds exactly the people who may be mailed (CONNECTORS 5.7, A6.6)."""

from collections.abc import Callable

import pytest

from tests.mailman import Mailman, runs_here
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, erase, rename, state

pytestmark = pytest.mark.skipif(not runs_here(), reason="this Mailman does not run on this Python")


def test_whoever_may_be_mailed_is_a_member_and_leaves_with_their_subscription(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    people.subscribe("ada@example.org", first_name="Ada")
    people.ask("grace@example.org")

    push()
    assert running.members(news) == {"ada@example.org": "Ada"}

    people.leave("ada@example.org")
    push()
    assert running.members(news) == {}


def test_mailman_welcomes_nobody_whom_we_add(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """Its lists are set to by default."""
    before = running.written()
    people.subscribe("ada@example.org")

    push()

    assert set(running.members(news)) == {"ada@example.org"}
    assert running.written() == before


def test_a_new_name_gets_there(push: Callable[[], None], people: People, running: Mailman, news: str) -> None:
    people.subscribe("ada@example.org", first_name="Ada")
    push()

    rename("ada@example.org", "Augusta")
    push()

    assert running.members(news) == {"ada@example.org": "Augusta"}


def test_who_is_a_member_already_is_known_as_one(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """409 "already subscribed" is what we wanted."""
    running.call(
        "POST", "/members", list_id=news, subscriber="ada@example.org", pre_verified="1", pre_confirmed="1"
    ).raise_for_status()
    people.subscribe("Ada@example.org", first_name="Ada")

    push()
    assert running.members(news) == {"ada@example.org": "Ada"}

    people.leave("Ada@example.org")
    push()
    assert running.members(news) == {}


def test_who_waits_for_a_moderator_is_tried_again(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """409 "already pending" is not."""
    pending = running.call("POST", "/members", list_id=news, subscriber="ada@example.org").json()
    people.subscribe("ada@example.org")

    push()
    assert (copies()[0].attempts, copies()[0].dead) == (1, None)

    running.call("POST", f"/lists/{news}/requests/{pending['token']}", action="discard").raise_for_status()
    with later(minutes=1):
        push()
    assert list(running.members(news)) == ["ada@example.org"]


def test_whom_mailman_has_banned_holds_up_nobody(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    running.call("POST", f"/lists/{news}/bans", email="banned@example.org").raise_for_status()
    people.subscribe("banned@example.org", "grace@example.org")

    push()

    assert list(running.members(news)) == ["grace@example.org"]

    erase("banned@example.org")
    push()
    assert not running.knows("banned@example.org")


def test_leaving_waits_for_no_moderator(push: Callable[[], None], people: People, running: Mailman, news: str) -> None:
    people.subscribe("ada@example.org")
    push()
    running.call("PATCH", f"/lists/{news}/config", unsubscription_policy="moderate").raise_for_status()

    people.leave("ada@example.org")
    push()

    assert running.members(news) == {}


def test_who_has_left_through_mailman_has_left_here(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    people.subscribe("ada@example.org")
    push()
    member = running.call("POST", "/members/find", list_id=news, subscriber="ada@example.org").json()["entries"][0]
    running.call("DELETE", f"/members/{member['member_id']}").raise_for_status()

    rename("ada@example.org", "Ada")
    push()

    assert running.members(news) == {}
    assert contact_of("ada@example.org")["status"] == "unsubscribed"


def test_whom_mailman_has_lost_with_all_that_it_knew_of_them_has_not_left(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """A Mailman that was set up anew must not empty our list."""
    people.subscribe("ada@example.org")
    push()
    running.call("DELETE", "/users/ada@example.org").raise_for_status()

    rename("ada@example.org", "Ada")
    push()

    assert running.members(news) == {"ada@example.org": "Ada"}
    assert contact_of("ada@example.org")["status"] == "subscribed"


def test_who_returns_is_a_member_again(push: Callable[[], None], people: People, running: Mailman, news: str) -> None:
    people.subscribe("ada@example.org")
    push()
    people.leave("ada@example.org")
    push()

    with later(minutes=11):
        people.subscribe("ada@example.org")
        push()

    assert list(running.members(news)) == ["ada@example.org"]


def test_a_list_that_does_not_exist_is_found_out_first(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    running.call("DELETE", f"/lists/{news}").raise_for_status()
    people.subscribe("new@example.org")

    push()

    assert state("mailman").misconfigured
    assert news in str(state("mailman").answer)
    assert not running.knows("new@example.org")


def test_lists_are_compared_by_the_hash_of_the_address(
    push: Callable[[], None], tools: Tools, people: People, running: Mailman, news: str
) -> None:
    people.subscribe("ada@example.org")
    push()
    joined = {"pre_verified": "1", "pre_confirmed": "1", "pre_approved": "1"}
    running.call("POST", "/members", list_id=news, subscriber="extra@example.org", **joined).raise_for_status()

    told = tools.flask("feed", "reconcile", "mailman", "--repair")
    push()

    assert [line.split()[0] for line in told.stdout.splitlines()] == ["extra"]
    assert list(running.members(news)) == ["ada@example.org"]
