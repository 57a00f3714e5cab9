"""A listmonk that is set up wrongly, refuses, hurries or breaks holds up nobody for long."""

from collections.abc import Callable
from typing import Any

import pytest

from newsletter import feed
from newsletter.feed.connectors import listmonk as listmonk_connector
from newsletter.feed.copies import Held
from tests.listmonk import Listmonk
from tests.listmonk.declaring import BOTH, DECLARED
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, rename, state


@pytest.mark.parametrize("lists", ["list = 5", "list = 3\ntracking_list = 5", "list = 3\nuntracked_list = 5"])
def test_a_list_that_does_not_exist_stops_the_connector_before_anybody_is_sent(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, lists: str
) -> None:
    """POST would leave it out in silence."""
    declare(DECLARED.replace("list = 3", lists))
    people.subscribe("ada@example.org")

    tools.push()

    assert listmonk.subscribers == {}
    assert state("listmonk").misconfigured
    assert "list 5" in str(state("listmonk").answer)


@pytest.mark.parametrize("wrong", ["token", "list", "sql"])
def test_a_connector_that_is_set_up_wrongly_waits_for_its_operator_and_then_goes_on_by_itself(
    push: Callable[[], None], people: People, listmonk: Listmonk, wrong: str
) -> None:
    people.subscribe("ada@example.org")
    right = (listmonk.token, set(listmonk.permitted))
    if wrong == "token":
        listmonk.token = "another"
    listmonk.permitted = set() if wrong == "list" else listmonk.permitted
    listmonk.may_query = wrong != "sql"

    push()

    assert state("listmonk").misconfigured
    assert listmonk.subscribers == {}

    listmonk.token, listmonk.permitted = right
    listmonk.may_query = True
    with later(minutes=6):
        push()

    assert not state("listmonk").misconfigured
    assert listmonk.mailed() == {"ada@example.org"}


def test_credentials_that_are_taken_back_stop_the_connector_at_the_first_person(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()
    listmonk.token = "another"
    people.subscribe("grace@example.org")

    push()

    assert state("listmonk").misconfigured


def test_a_redirect_stops_the_connector_and_is_not_followed(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    with Listmonk() as elsewhere:
        listmonk.answer("POST", 307, Location=f"{elsewhere.url}/api/subscribers")
        push()

        assert elsewhere.heard == []
    assert state("listmonk").misconfigured


def test_a_tool_at_an_address_that_is_not_permitted_is_not_spoken_to(
    declare: Callable[[str], None], tools: Tools
) -> None:
    declare(DECLARED.replace("{url}", "https://10.1.2.3"))

    tools.push()

    assert state("listmonk").misconfigured
    assert "not permitted" in str(state("listmonk").answer)


def test_whom_the_credentials_do_not_reach_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """An API user that may use our list alone is denied whoever is on other lists alone."""
    people.subscribe("hedy@example.org")
    push()
    listmonk.add("ada@example.org", lists={4: "confirmed"})
    listmonk.hidden.add("ada@example.org")
    people.subscribe("ada@example.org", "grace@example.org")

    push()

    assert {"hedy@example.org", "grace@example.org"} <= listmonk.mailed()
    assert not state("listmonk").misconfigured
    [ada] = [copy for copy in copies() if copy.due_at]
    assert "403" in str(ada.answer)


def test_credentials_that_may_look_and_not_change_stop_the_connector(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    listmonk.answer("POST", 403)

    push()

    assert state("listmonk").misconfigured
    assert "403" in str(state("listmonk").answer)

    with later(minutes=6):
        push()
    assert listmonk.mailed() == {"ada@example.org"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_listmonk_is_given_the_time_that_it_asks_for(
    push: Callable[[], None], people: People, listmonk: Listmonk, status: int
) -> None:
    people.subscribe("ada@example.org")
    listmonk.answer("POST", status, Retry_After="120")

    push()
    heard = len(listmonk.heard)
    with later(seconds=110):
        push()
    assert len(listmonk.heard) == heard

    with later(seconds=125):
        push()
    assert listmonk.mailed() == {"ada@example.org"}


def test_a_listmonk_that_fails_at_what_is_about_nobody_is_in_trouble_like_any(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """As at a look at its lists."""
    people.subscribe("ada@example.org")
    listmonk.answer("GET", 500)

    push()

    assert (state("listmonk").troubles, state("listmonk").answer) == (1, "it answered 500")
    with later(minutes=1):
        push()
    assert listmonk.mailed() == {"ada@example.org"}
    assert state("listmonk").troubles == 0


@pytest.mark.parametrize(
    "odd",
    [[], {}, {"id": 1, "email": None}, {"id": 1, "email": "ada@example.org\0"}]
    + [{"id": odd, "email": "ada@example.org"} for odd in ("1", True, 1.0, -1, 0, 2**31, 2**70)],
)
def test_an_answer_without_what_every_answer_has_is_waited_out_like_a_failure(
    push: Callable[[], None], people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch, odd: Any
) -> None:
    """D4.6"""
    listmonk.add("ada@example.org", lists={3: "confirmed"})
    people.subscribe("ada@example.org")

    with monkeypatch.context() as patch:
        patch.setattr(listmonk, "told", lambda _: odd)
        push()
    [ada] = copies()
    assert ada.due_at
    assert "form" in str(ada.answer)

    with later(minutes=1):
        push()
    [ada] = copies()
    assert ada.due_at is None


def test_a_fault_of_ours_with_one_tool_keeps_no_other_one_waiting(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org", slug="webshop")
    monkeypatch.setattr(listmonk_connector.Listmonk, "check", faulty)

    tools.push()

    assert listmonk.mailed(4) == {"grace@example.org"}


def faulty(tool: listmonk_connector.Listmonk) -> None:
    if tool.list == 3:
        raise RuntimeError


def test_one_request_that_fails_again_and_again_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    listmonk.answer("POST", 500)
    people.subscribe("grace@example.org")

    push()

    assert len(listmonk.mailed()) == 1
    with later(minutes=1):
        push()
    assert listmonk.mailed() == {"ada@example.org", "grace@example.org"}


def test_many_that_fail_in_a_row_are_the_tools_trouble(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe(*(f"{name}@example.org" for name in "abcdef"))
    listmonk.answer("POST", 500, times=3)

    push()

    assert state("listmonk").troubles == 1
    assert listmonk.heard.count("POST /api/subscribers") == 3


def test_whom_the_tool_has_failed_to_take_is_not_taken_for_mailed_because_those_beside_were_filled_in(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(DECLARED + "batch = 3\n")
    people.subscribe("ada@example.org", "grace@example.org", "linus@example.org")
    listmonk.answer("POST", 503)
    tools.push()
    rename("grace@example.org", "Grace")
    listmonk.answer("POST", 500)

    with later(minutes=1):
        tools.push()

    assert listmonk.mailed() == {"ada@example.org", "linus@example.org"}
    [told] = feed.held_by_tools(contact_of("grace@example.org")["id"])
    assert told["holds"] == Held.UNSURE
