"""Mailman keeps addresses and users apart from memberships: none of ours is left there (A6.6, GDPR 17, 19)."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.mailman import Mailman, runs_here
from tests.people import People
from tests.tools import contact_of, copies, erase, move, rename
from tests.verbs.reports.reporting import Tool as Reporter
from tests.verbs.reports.reporting import item

pytestmark = pytest.mark.skipif(not runs_here(), reason="this Mailman does not run on this Python")


def test_another_address_takes_the_place_of_the_old_one(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """Mailman knows no change of a membership's address."""
    people.subscribe("moves@example.org", first_name="Ada")
    push()

    move(people, "moves@example.org", "moved@example.org")
    push()

    assert running.members(news) == {"moved@example.org": "Ada"}
    assert not running.knows("moves@example.org")
    people.leave("moves@example.org")  # by the link in a letter of before
    push()
    assert running.members(news) == {}


def test_whose_new_address_is_banned_there_is_no_member_any_more(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """They are mailed at the new one again once it may join."""
    people.subscribe("welcome@example.org")
    push()
    running.call("POST", f"/lists/{news}/bans", email="ada@banned.example.org").raise_for_status()

    move(people, "welcome@example.org", "ada@banned.example.org")
    push()

    assert running.members(news) == {}
    assert not running.knows("welcome@example.org")
    assert contact_of("ada@banned.example.org")["status"] == "subscribed"

    running.call("DELETE", f"/lists/{news}/bans/ada@banned.example.org").raise_for_status()
    rename("ada@banned.example.org", "Ada")
    push()
    assert list(running.members(news)) == ["ada@banned.example.org"]
    assert contact_of("ada@banned.example.org")["status"] == "subscribed"


def test_who_is_erased_here_is_forgotten_there_even_after_having_left(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """Who leaves stays behind in Mailman, as an address and a user."""
    people.subscribe("stays@example.org", "leaver@example.org")
    push()
    people.leave("leaver@example.org")
    push()
    assert running.knows("leaver@example.org")

    erase("leaver@example.org")
    erase("stays@example.org")
    push()

    assert not running.knows("leaver@example.org")
    assert not running.knows("stays@example.org")
    assert copies() == []


def test_whose_address_is_on_another_list_is_only_taken_off_ours(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    people.subscribe("both@example.org")
    push()
    other = running.make_list(f"other-{news.partition('.')[0]}")
    joined = {"pre_verified": "1", "pre_confirmed": "1", "pre_approved": "1"}
    running.call("POST", "/members", list_id=other, subscriber="both@example.org", **joined).raise_for_status()

    erase("both@example.org")
    push()

    assert running.members(news) == {}
    assert list(running.members(other)) == ["both@example.org"]


def test_who_bounced_and_moved_is_forgotten_at_the_old_address(
    push: Callable[[], None], service: Flask, people: People, running: Mailman, news: str
) -> None:
    people.subscribe("bounced@example.org", first_name="Ada")
    push()
    Reporter(service).report(item("hard_bounce", "bounced@example.org"))
    push()
    assert running.members(news) == {}

    move(people, "bounced@example.org", "works@example.org")
    push()

    assert running.members(news) == {"works@example.org": "Ada"}
    assert not running.knows("bounced@example.org")


def test_a_move_that_a_worker_began_and_did_not_finish_is_no_leaving(
    push: Callable[[], None], people: People, running: Mailman, news: str
) -> None:
    """Joined at the new address, taken off at the old one, and nothing of it was written down here."""
    people.subscribe("before@example.org", first_name="Ada")
    push()
    move(people, "before@example.org", "behind@example.org")
    joined = {"pre_verified": "1", "pre_confirmed": "1", "pre_approved": "1"}
    running.call("POST", "/members", list_id=news, subscriber="behind@example.org", **joined).raise_for_status()
    member = running.call("POST", "/members/find", list_id=news, subscriber="before@example.org").json()["entries"][0]
    running.call("DELETE", f"/members/{member['member_id']}").raise_for_status()

    push()

    assert contact_of("behind@example.org")["status"] == "subscribed"
    assert running.members(news) == {"behind@example.org": "Ada"}
    assert not running.knows("before@example.org")


@pytest.mark.parametrize("act", ["leave", "erase"])
def test_who_goes_while_a_move_is_half_done_is_on_the_list_under_neither_address(
    push: Callable[[], None], people: People, running: Mailman, news: str, act: str
) -> None:
    """A worker died, or Mailman was away, between joining and taking off."""
    old, new = f"old-{act}@example.org", f"new-{act}@example.org"
    people.subscribe(old)
    push()
    move(people, old, new)
    joined = {"pre_verified": "1", "pre_confirmed": "1", "pre_approved": "1"}
    running.call("POST", "/members", list_id=news, subscriber=new, **joined).raise_for_status()

    people.leave(old) if act == "leave" else erase(new)
    push()

    assert running.members(news) == {}
    assert act == "leave" or not (running.knows(old) or running.knows(new))
