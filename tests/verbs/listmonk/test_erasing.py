"""Who was erased here is erased there; who is suspended or restricted is not mailed."""

from collections.abc import Callable

import pytest

from newsletter.feed.connectors.settling import Settling
from newsletter.feed.connectors.tool import Misconfigured
from tests.listmonk import Listmonk
from tests.listmonk.declaring import BOTH
from tests.people import People, later
from tests.tools import Tools, copies, erase, lift, restrict, state


def test_who_was_erased_here_is_erased_there_by_the_ids_of_their_own(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org", "grace@example.org")
    push()

    erase("ada@example.org")
    push()

    assert {one["email"] for one in listmonk.subscribers.values()} == {"grace@example.org"}
    assert len(copies()) == 1


def test_a_tool_that_was_dead_for_two_days_still_erases_whom_we_do_not_know_any_more(
    push: Callable[[], None], people: People, listmonk: Listmonk, contents: Callable[[], dict[str, list[str]]]
) -> None:
    people.subscribe("ada@example.org")
    push()
    listmonk.down()
    erase("ada@example.org")
    push()
    assert state("listmonk").troubles == 1
    assert "ada@example.org" not in str(contents()["copies"])

    with later(hours=48):
        push()
        listmonk.up(listmonk.port)
        with later(minutes=6):
            push()

    assert listmonk.subscribers == {}
    assert copies() == []


def test_a_stranger_is_not_erased_because_a_look_up_is_answered_with_everybody(
    push: Callable[[], None], people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where what stands before listmonk takes SQL out of a URL (D4.6)."""
    listmonk.add("stranger@example.org", lists={3: "confirmed"}, nyhedsbrev="ours no more")
    push()
    people.subscribe("ada@example.org")
    listmonk.answer_late("POST", 503)
    push()
    erase("ada@example.org")
    monkeypatch.setattr(listmonk, "fits", lambda _query, _one: True)

    with later(minutes=6):
        push()

    assert [one["email"] for one in listmonk.subscribers.values()] == ["stranger@example.org"]
    assert copies() == []


def test_whose_first_push_was_taken_and_not_answered_is_erased_all_the_same(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """The tool knows them, although we have never heard by which id."""
    push()
    people.subscribe("ada@example.org")
    listmonk.answer_late("POST", 503)
    push()
    assert listmonk.mailed() == {"ada@example.org"}
    assert [copy.remote_id for copy in copies()] == [None]
    erase("ada@example.org")

    with later(minutes=1):
        push()

    assert listmonk.subscribers == {}
    assert copies() == []


def test_who_was_never_pushed_is_forgotten_without_a_word(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()
    people.subscribe("grace@example.org")
    erase("grace@example.org")

    push()

    assert listmonk.heard.count("POST /api/subscribers") == 1
    assert len(copies()) == 1


def test_whom_listmonk_refused_is_erased_there_too(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.add("ada@example.org", status="blocklisted")
    people.subscribe("ada@example.org")
    push()

    erase("ada@example.org")
    push()

    assert listmonk.subscribers == {}


def test_one_person_in_two_newsletters_is_erased_once_and_wholly(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org")
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        tools.push()
        erase("ada@example.org")
        tools.push()

    assert listmonk.subscribers == {}
    assert copies() == []


@pytest.mark.parametrize("has_patch", [True, False])
def test_who_was_erased_and_has_joined_another_newsletter_since_stays_there(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, has_patch: bool
) -> None:
    """One listmonk, however its address is spelt; it keeps nothing of what was erased."""
    listmonk.has_patch = has_patch
    declare(BOTH.replace('"{url}"', '"{url}/"', 1))
    people.subscribe("ada@example.org")
    tools.push()
    erase("ada@example.org")
    people.subscribe("ada@example.org", slug="webshop")

    with tools.declared.app_context():
        for runner in reversed(tools.runners()):
            while runner.turn():
                pass
            runner.release()

    assert listmonk.mailed(4) == {"ada@example.org"}
    assert listmonk.mailed(3) == set()
    [ada] = listmonk.subscribers.values()
    assert ada["attribs"]["nyhedsbrev"] is None
    assert ada["attribs"]["webshop"]["id"]


def test_a_suspended_or_restricted_person_is_not_mailed_and_is_again_when_that_ends(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()

    restrict("ada@example.org")
    push()
    assert listmonk.status("ada@example.org") == "unsubscribed"

    lift("ada@example.org")
    push()
    assert listmonk.mailed() == {"ada@example.org"}


@pytest.mark.parametrize("returns_first", [True, False])
def test_who_has_returned_and_is_restricted_is_mailed_again_when_that_ends(
    push: Callable[[], None], people: People, listmonk: Listmonk, returns_first: bool
) -> None:
    """Two contacts of ours, and each is told of; one subscriber there."""
    people.subscribe("ada@example.org")
    push()
    people.leave("ada@example.org")
    push()
    steps = [lambda: people.subscribe("ada@example.org"), lambda: restrict("ada@example.org")]

    with later(minutes=11):
        for step in steps if returns_first else reversed(steps):
            step()
            push()
        assert listmonk.mailed() == (set() if returns_first else {"ada@example.org"})
        lift("ada@example.org")
        push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_a_tool_that_has_lost_its_list_does_not_empty_ours(push: Callable[[], None], people: People) -> None:
    """A hundred may leave through it within an hour; of a small list more would be too many to be true."""
    people.subscribe("ada@example.org")
    push()
    settling = Settling("listmonk")

    for _ in range(100):
        settling.doubt()

    with pytest.raises(Misconfigured):
        settling.doubt()
    with later(hours=2):
        settling.doubt()
