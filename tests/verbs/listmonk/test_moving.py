"""Another address changes the subscriber who is there."""

from collections.abc import Callable

import pytest

from tests.listmonk import Listmonk
from tests.listmonk.declaring import BOTH, DECLARED
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, erase, move, rename

NEW = "ada@new.example.com"


def test_another_address_changes_the_subscriber_who_is_there(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()

    move(people, "ada@example.org", NEW)
    push()

    assert {one["email"] for one in listmonk.subscribers.values()} == listmonk.mailed() == {NEW}

    erase(NEW)
    push()
    assert listmonk.subscribers == {}


@pytest.mark.parametrize("status", ["confirmed", "unsubscribed"])
def test_where_the_new_address_is_another_subscriber_that_one_is_kept_and_the_old_one_goes(
    push: Callable[[], None], people: People, listmonk: Listmonk, status: str
) -> None:
    """PATCH is answered 500. Whoever owned the address left before Ada confirmed it here: no withdrawal of hers."""
    people.subscribe("ada@example.org")
    push()
    listmonk.add(NEW, lists={3: status, 4: "confirmed"}, city="Ballerup")

    move(people, "ada@example.org", NEW)
    push()

    [kept] = listmonk.subscribers.values()
    assert kept["attribs"]["city"] == "Ballerup"
    assert listmonk.mailed(3) == listmonk.mailed(4) == {NEW}
    assert contact_of(NEW)["status"] == "subscribed"

    erase(NEW)
    push()
    assert listmonk.subscribers == {}


@pytest.mark.parametrize("slug", ["nyhedsbrev", "webshop"])
def test_who_joins_with_an_address_that_another_person_has_left_is_never_taken_for_them(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, slug: str
) -> None:
    """Although listmonk is told of them before it is told that the other one has moved."""
    declare(BOTH)
    people.subscribe("ada@example.org", slug="webshop")
    tools.push()
    move(people, "ada@example.org", NEW)
    with later(minutes=11):
        people.subscribe("ada@example.org", slug=slug)
        listmonk.answer("PATCH", 500, times=1 if slug == "webshop" else 0)
        tools.push()
    with later(minutes=13):
        tools.push()
    with later(minutes=15):
        tools.push()

    newcomer = {"ada@example.org"}
    assert (listmonk.mailed(3), listmonk.mailed(4)) == (
        (newcomer, {NEW}) if slug == "nyhedsbrev" else (set(), {NEW, *newcomer})
    )
    known = {one["email"]: set(one["attribs"]) for one in listmonk.subscribers.values()}
    assert "webshop" in known[NEW]
    assert known["ada@example.org"] == {slug}
    assert not [copy for copy in copies() if copy.due_at]


def test_who_joins_with_an_address_that_another_person_has_left_as_well_as_the_newsletter_is_mailed(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """Listmonk still knows the address as the one who left. Nobody is mailed as that, so nobody has to give way."""
    people.subscribe("ada@example.org")
    push()
    people.leave("ada@example.org")
    push()
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        move(people, "ada@example.org", NEW)
    with later(minutes=22):
        people.subscribe("ada@example.org")
        push()

        assert listmonk.mailed() == {"ada@example.org"}
        assert not [copy for copy in copies() if copy.due_at]


def test_whose_new_address_listmonk_does_not_take_is_not_mailed_at_the_old_one(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """It is taken once the operator lets it be."""
    people.subscribe("ada@example.org")
    push()
    listmonk.blocked_domains.add("new.example.com")

    move(people, "ada@example.org", NEW)
    push()

    assert listmonk.mailed() == set()
    assert [copy.dead for copy in copies()] == ["refused"]

    listmonk.blocked_domains.clear()
    rename(NEW, "Ada")
    push()
    assert listmonk.mailed() == {NEW}


def test_one_person_in_two_newsletters_moves_in_both(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org")
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        tools.push()
        listmonk.add(NEW)

        move(people, "ada@example.org", NEW)
        tools.push()

    assert listmonk.mailed(3) == listmonk.mailed(4) == {NEW}
    assert len(listmonk.subscribers) == 1


@pytest.mark.parametrize("act", ["leave", "erase"])
def test_who_goes_while_listmonk_is_amid_their_move_is_mailed_at_neither_address(
    push: Callable[[], None], people: People, listmonk: Listmonk, act: str
) -> None:
    """It was away after it had been told of the new address, which another subscriber had, and nothing was settled."""
    people.subscribe("ada@example.org")
    push()
    [old] = listmonk.subscribers.values()
    old["attribs"].clear()
    move(people, "ada@example.org", NEW)
    listmonk.add(NEW, lists={3: "confirmed"}, nyhedsbrev={"id": contact_of(NEW)["id"]})

    people.leave("ada@example.org") if act == "leave" else erase(NEW)
    push()

    assert listmonk.mailed() == set()
    assert act == "leave" or listmonk.subscribers == {}


def test_the_subscriber_of_before_keeps_nothing_of_ours_where_another_list_keeps_it(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org", first_name="Ada")
    push()
    [old] = listmonk.subscribers.values()
    old["lists"][4] = {"status": "confirmed", "updated_at": old["lists"][3]["updated_at"]}
    listmonk.add(NEW)

    move(people, "ada@example.org", NEW)
    push()

    assert not old["attribs"]["nyhedsbrev"]
    assert (listmonk.mailed(3), listmonk.mailed(4)) == ({NEW}, {"ada@example.org"})


@pytest.mark.parametrize("unheard", ["POST", "PUT"])
def test_who_moves_before_the_answer_to_their_first_push_is_heard_is_mailed_at_the_new_address_alone(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, unheard: str
) -> None:
    """listmonk knows them by the old one, although we have not been told, or have not kept, as whom."""
    declare(DECLARED + "untracked_list = 4\n")
    people.subscribe("ada@example.org")
    listmonk.answer_late(unheard, 503)
    tools.push()

    move(people, "ada@example.org", NEW)
    with later(minutes=1):
        tools.push()

    assert listmonk.mailed(3) == listmonk.mailed(4) == {NEW}
    assert len(listmonk.subscribers) == 1


def test_who_moves_after_an_import_that_named_no_ids_is_mailed_at_the_new_address_alone(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(DECLARED + "batch = 2\n")
    people.subscribe("ada@example.org", "grace@example.org")
    [runner] = tools.runners()
    with tools.declared.app_context():
        runner.turn()
        runner.release()
    assert listmonk.mailed() == {"ada@example.org", "grace@example.org"}

    move(people, "ada@example.org", NEW)
    tools.push()

    assert listmonk.mailed() == {NEW, "grace@example.org"}


def test_who_moves_unheard_to_an_address_that_listmonk_does_not_take_is_not_mailed_at_the_old_one(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    listmonk.answer_late("POST", 503)
    push()
    listmonk.blocked_domains.add("new.example.com")

    move(people, "ada@example.org", NEW)
    with later(minutes=1):
        push()

    assert listmonk.mailed() == set()
    erase(NEW)
    push()
    assert listmonk.subscribers == {}


def test_who_moves_unheard_leaves_their_old_address_to_whoever_joins_with_it_meanwhile(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org")
    listmonk.answer_late("POST", 503)
    tools.push()
    move(people, "ada@example.org", NEW)
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        listmonk.answer("GET", 503)
        tools.push()
    with later(minutes=18):
        tools.push()

    assert (listmonk.mailed(3), listmonk.mailed(4)) == ({NEW}, {"ada@example.org"})
    known = {one["email"]: {key for key, own in one["attribs"].items() if own} for one in listmonk.subscribers.values()}
    assert known == {NEW: {"nyhedsbrev"}, "ada@example.org": {"webshop"}}
