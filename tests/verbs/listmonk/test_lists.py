"""Whoever may be mailed is on the list, and nobody else; what others gave a subscriber stays."""

from collections.abc import Callable

import pytest

from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, rename


def test_whoever_may_be_mailed_is_on_the_list_and_nobody_else(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org", tracking=True)
    people.ask("grace@example.org")
    people.subscribe("hedy@example.org")
    people.leave("hedy@example.org")

    push()

    assert listmonk.mailed() == {"ada@example.org"}
    assert set(listmonk.subscribers) == {1}


def test_an_import_puts_nobody_back_who_has_left_through_listmonk(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """A6.6: where they have left before the connector began."""
    people.subscribe("ada@example.org", "grace@example.org")
    listmonk.add("ada@example.org", lists={3: "unsubscribed"})
    declare(DECLARED + "batch = 2\n")

    tools.push()

    assert listmonk.heard.count("POST /api/import/subscribers") == 1
    assert listmonk.mailed() == {"grace@example.org"}
    assert contact_of("ada@example.org")["status"] == "unsubscribed"


def test_a_withdrawal_reaches_listmonk(push: Callable[[], None], people: People, listmonk: Listmonk) -> None:
    people.subscribe("ada@example.org")
    push()

    people.leave("ada@example.org")
    push()

    assert listmonk.status("ada@example.org") == "unsubscribed"


@pytest.mark.parametrize("has_patch", [True, False])
def test_the_lists_and_attributes_that_others_gave_a_subscriber_stay(
    push: Callable[[], None], people: People, listmonk: Listmonk, has_patch: bool
) -> None:
    """PUT of a subscriber clears what it does not name; before listmonk 6.1 there is nothing else."""
    listmonk.has_patch = has_patch
    listmonk.add("ada@example.org", lists={4: "unconfirmed"}, city="Ballerup")
    people.subscribe("ada@example.org")

    push()

    found = listmonk.by_email("ada@example.org")
    assert found is not None
    assert listmonk.status("ada@example.org", 4) == "unconfirmed"
    assert not (listmonk.opt_ins and has_patch), "asked to confirm what is none of our business"
    assert listmonk.status("ada@example.org") == "confirmed"
    assert found["attribs"]["city"] == "Ballerup"
    assert found["attribs"]["nyhedsbrev"]["language"] == "en"
    assert any(request.startswith("PUT /api/subscribers/1") for request in listmonk.heard) is not has_patch


def test_somebody_whom_listmonk_knows_already_is_found_whatever_their_address_looks_like(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """POST is answered 409; the look-up is an SQL expression, and addresses are in lower case there."""
    listmonk.add("o'hara@example.org")
    people.subscribe("O'Hara@example.org")

    push()

    assert listmonk.mailed() == {"o'hara@example.org"}
    assert len(listmonk.subscribers) == 1


@pytest.mark.parametrize("has_patch", [True, False])
def test_whom_listmonk_has_blocklisted_stays_so_and_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk, has_patch: bool
) -> None:
    listmonk.has_patch = has_patch
    listmonk.add("ada@example.org", status="blocklisted")
    people.subscribe("ada@example.org", "grace@example.org")

    push()

    assert listmonk.mailed() == {"grace@example.org"}
    assert listmonk.subscribers[1]["status"] == "blocklisted"
    [ada] = [copy for copy in copies() if copy.dead]
    assert (ada.dead, ada.answer) == ("refused", "it is on listmonk's blocklist")


def test_whom_listmonk_will_not_take_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example", "grace@example.org")

    push()

    assert listmonk.mailed() == {"grace@example.org"}
    assert [copy.dead for copy in copies() if copy.dead] == ["refused"]


def test_a_refused_person_who_leaves_is_settled(push: Callable[[], None], people: People, listmonk: Listmonk) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    push()

    people.leave("ada@blocked.example")
    push()

    assert [copy.due_at for copy in copies()] == [None]


@pytest.mark.parametrize("has_patch", [True, False])
def test_who_vanished_from_listmonk_is_put_back(
    push: Callable[[], None], people: People, listmonk: Listmonk, has_patch: bool
) -> None:
    """What is gone is answered 400 there, and adding it to a list 500."""
    listmonk.has_patch = has_patch
    people.subscribe("ada@example.org")
    push()
    listmonk.subscribers.clear()

    rename("ada@example.org", "Ada")
    push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_who_vanishes_from_listmonk_while_it_is_told_of_them_is_put_back_later(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """That they are gone is no word about their address."""
    listmonk.add("ada@example.org")
    people.subscribe("ada@example.org")

    def vanish(request: str) -> None:
        if request == "GET /api/subscribers/1" and "PUT /api/subscribers/lists" in listmonk.heard:
            listmonk.subscribers.clear()

    listmonk.before = vanish
    push()
    with later(minutes=1):
        push()

    assert listmonk.mailed() == {"ada@example.org"}
