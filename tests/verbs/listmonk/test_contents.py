"""What listmonk is told of a person, one by one and by import."""

from collections.abc import Callable

import pytest

from newsletter import feed, subscriptions
from newsletter.subscriptions import Cause, Channel
from tests.listmonk import Listmonk
from tests.listmonk.declaring import BOTH, DECLARED
from tests.people import People, Tool, later
from tests.tools import Tools, contact_of, copies, erase, leave


def test_a_withdrawal_leaves_before_everything_that_has_waited_longer(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("hedy@example.org")
    push()
    assert [(one["tool"], one["holds"]) for one in feed.held_by_tools(copies()[0].contact_id)] == [
        ("listmonk", "mailed")
    ]
    people.subscribe("ada@example.org", "grace@example.org")
    people.leave("hedy@example.org")
    listmonk.heard.clear()

    push()

    assert listmonk.heard[0] == "PUT /api/subscribers/lists"


def test_the_tracking_consent_is_told_and_puts_on_the_list_of_those_who_may_be_followed(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """A5.3: "no" means mail without pixel, so listmonk needs a list for each."""
    listmonk.lists[5] = "Untracked"
    listmonk.permitted.add(5)
    declare(DECLARED + "tracking_list = 4\nuntracked_list = 5\n")
    people.subscribe("ada@example.org", tracking=True)
    people.subscribe("grace@example.org")

    tools.push()

    assert listmonk.mailed() == {"ada@example.org", "grace@example.org"}
    assert listmonk.mailed(4) == {"ada@example.org"}
    assert listmonk.mailed(5) == {"grace@example.org"}
    told = {one["email"]: one["attribs"]["nyhedsbrev"]["tracking_allowed"] for one in listmonk.subscribers.values()}
    assert told == {"ada@example.org": True, "grace@example.org": False}


def test_fields_are_mapped_as_the_operator_says_but_for_the_id_by_which_people_are_found_again(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, tool: Tool
) -> None:
    fields = '[listmonk.fields]\nlang = "language"\nleave = "links.unsubscribe"\nid = "email"\n'
    declare(f'{DECLARED}name = ["fields.last_name"]\nkey = "doi"\n{fields}')
    people.subscribe("ada@example.org", first_name="Ada", last_name="Lovelace")

    tools.push()

    ada = listmonk.subscribers[1]
    assert ada["name"] == "Lovelace"
    assert ada["attribs"]["doi"].keys() == {"id", "version", "lang", "leave"}
    assert ada["attribs"]["doi"]["id"] == tool.contact("ada@example.org")["id"]
    assert ada["attribs"]["doi"]["leave"].startswith("http://localhost/unsubscribe/")


def test_two_newsletters_of_one_person_are_one_subscriber_who_can_leave_either(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org")
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        tools.push()
        people.leave("ada@example.org")
        tools.push()

    [ada] = listmonk.subscribers.values()
    assert ada["attribs"].keys() == {"nyhedsbrev", "webshop"}
    assert (listmonk.status("ada@example.org", 3), listmonk.status("ada@example.org", 4)) == (
        "confirmed",
        "unsubscribed",
    )


def test_who_returns_is_not_put_off_again_by_the_leaving_of_before(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """Two contacts of ours, one subscriber there; the older one's leaving is told only after the return."""
    people.subscribe("ada@example.org")
    push()
    listmonk.answer("PUT", 500)
    people.leave("ada@example.org")
    push()

    with later(minutes=11):
        people.subscribe("ada@example.org")
        push()
        push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_many_are_filled_in_by_one_import_and_known_by_their_ids_afterwards(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(DECLARED + "batch = 8\n")
    listmonk.add("known@example.org", lists={3: "unsubscribed"})
    listmonk.blocked_domains.add("blocked.example")
    addresses = [f"p{n}@example.org" for n in range(6)] + ["known@example.org", "p@blocked.example"]
    people.subscribe(*addresses)

    tools.push()

    assert listmonk.heard.count("POST /api/import/subscribers") == 1
    assert listmonk.mailed() == {*addresses} - {"p@blocked.example"}
    assert {copy.remote_id for copy in copies() if not copy.dead} == {str(number) for number in listmonk.subscribers}


def test_whom_an_import_that_fails_did_not_bring_is_told_one_by_one(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(DECLARED + "batch = 2\n")
    people.subscribe("ada@example.org", "grace@example.org")
    listmonk.answer("POST", 500)

    tools.push()

    assert listmonk.mailed() == {"ada@example.org", "grace@example.org"}
    assert listmonk.heard.count("POST /api/import/subscribers") == 1


def test_whom_listmonk_still_holds_as_they_were_long_ago_is_told_anew_after_an_import(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """An import leaves as they are those whom it knows; their connector was forgotten, and they said no since (A5)."""
    declare(DECLARED + "batch = 2\n")
    people.subscribe("ada@example.org", tracking=True)
    people.subscribe("grace@example.org")
    tools.push()
    with later(minutes=5):
        declare("")
        assert tools.flask("feed", "forget", "listmonk").exit_code == 0
        subscriptions.withdraw(contact_of("ada@example.org")["id"], ["tracking"], Cause(Channel.STAFF))

        declare(DECLARED + "batch = 2\n")
        tools.push()

    found = listmonk.by_email("ada@example.org")
    assert found is not None
    assert found["attribs"]["nyhedsbrev"]["version"] == contact_of("ada@example.org")["version"] == 2
    assert found["attribs"]["nyhedsbrev"]["tracking_allowed"] is False


def test_who_is_filled_in_by_an_import_is_on_the_list_for_their_tracking_consent_too(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """A campaign to one of these would else reach nobody, or follow those who said no (A5.3)."""
    listmonk.lists[5] = "Untracked"
    listmonk.permitted.add(5)
    declare(DECLARED + "batch = 2\ntracking_list = 4\nuntracked_list = 5\n")
    people.subscribe("ada@example.org", tracking=True)
    people.subscribe("grace@example.org")

    tools.push()

    assert "POST /api/import/subscribers" in listmonk.heard
    assert "POST /api/subscribers" not in listmonk.heard
    assert (listmonk.mailed(4), listmonk.mailed(5)) == ({"ada@example.org"}, {"grace@example.org"})


def test_a_second_worker_does_not_work_beside_the_first_and_follows_it_when_it_was_killed(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    [first], [second] = tools.runners(), tools.runners()
    with tools.declared.app_context():
        while first.turn():
            pass
        people.subscribe("grace@example.org")

        assert second.turn() == 0
        assert listmonk.mailed() == {"ada@example.org"}

        with later(seconds=41):
            while second.turn():
                pass
    assert listmonk.mailed() == {"ada@example.org", "grace@example.org"}


@pytest.mark.parametrize("end", [leave, erase])
def test_what_a_worker_that_stood_still_imports_too_late_brings_nobody_back(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, end: Callable[[str], None]
) -> None:
    """Its lease is over, and another one has told by then that one of them has left."""
    declare(DECLARED + "batch = 2\n")
    people.subscribe("ada@example.org", "grace@example.org")
    late = iter([True])

    def stand_still(request: str) -> None:
        if request == "POST /api/import/subscribers" and next(late, False):
            with tools.declared.app_context():
                end("ada@example.org")
                with later(minutes=2):
                    tools.push()

    listmonk.before = stand_still
    tools.push()
    with later(minutes=4):
        tools.push()

    assert listmonk.mailed() == {"grace@example.org"}
    assert all(copy.due_at is None for copy in copies())


def test_what_a_worker_that_stood_still_tells_too_late_puts_off_nobody_who_has_returned(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """Nor is that taken for their having left through listmonk."""
    people.subscribe("ada@example.org")
    push()
    leave("ada@example.org")
    late = iter([True])

    def stand_still(request: str) -> None:
        if request == "PUT /api/subscribers/lists" and next(late, False):
            with tools.declared.app_context():
                people.subscribe("ada@example.org")
                with later(minutes=2):
                    tools.push()

    listmonk.before = stand_still
    push()
    with later(minutes=12):
        push()

    assert listmonk.mailed() == {"ada@example.org"}
    assert contact_of("ada@example.org")["status"] == "subscribed"
