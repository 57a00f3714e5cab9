"""listmonk holds exactly the people who may be mailed, whatever it does with what it is sent (A5.3, A6.6)."""

from collections.abc import Callable, Iterator

import pytest

from newsletter.feed.connectors.pusher import Pusher
from newsletter.feed.connectors.tool import Misconfigured
from tests.listmonk import Listmonk
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, erase, lift, move, rename, restrict, state

DECLARED = """
[listmonk]
kind = "listmonk"
newsletter = "nyhedsbrev"
url = "{url}"
user = "newsletter"
list = 3
"""


@pytest.fixture
def listmonk() -> Iterator[Listmonk]:
    with Listmonk() as running:
        yield running


@pytest.fixture
def declare(tools: Tools, listmonk: Listmonk) -> Callable[[str], None]:
    """Declare this, each connector with listmonk's token."""

    def declare(text: str) -> None:
        secrets = {name: listmonk.token for name in ("listmonk", "webshop") if f"[{name}]" in text}
        tools.declare(text.format(url=listmonk.url), **secrets)

    return declare


@pytest.fixture
def push(declare: Callable[[str], None], tools: Tools) -> Callable[[], None]:
    """Nothing special is declared; all that is due goes to the tool."""
    declare(DECLARED)
    return tools.push


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


def test_a_withdrawal_reaches_listmonk(push: Callable[[], None], people: People, listmonk: Listmonk) -> None:
    people.subscribe("ada@example.org")
    push()

    people.leave("ada@example.org")
    push()

    assert listmonk.status("ada@example.org") == "unsubscribed"


# Its traps (CONNECTORS 5.1)


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


def test_whom_listmonk_has_blocklisted_stays_so_and_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.add("ada@example.org", status="blocklisted")
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")

    push()

    assert listmonk.mailed() == {"grace@example.org"}
    [ada] = [copy for copy in copies() if copy.dead]
    assert (ada.dead, ada.answer) == ("refused", "it is on listmonk's blocklist")


def test_whom_listmonk_will_not_take_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    people.subscribe("grace@example.org")

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


def test_who_has_left_through_listmonk_has_left_here_and_is_not_put_back(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """Adding to a list sets the status whatever it was; and no clock of listmonk's moves when somebody leaves."""
    people.subscribe("ada@example.org")
    push()
    listmonk.unsubscribe("ada@example.org")

    rename("ada@example.org", "Ada")
    push()

    assert listmonk.mailed() == set()
    assert contact_of("ada@example.org")["status"] == "unsubscribed"


def test_who_has_left_through_listmonk_has_left_here_within_minutes(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """Although nothing else happens to them (A6.6)."""
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")
    people.subscribe("hedy@example.org")
    push()
    people.leave("hedy@example.org")
    [runner] = tools.runners()
    with tools.declared.app_context():
        while runner.turn():
            pass
        listmonk.unsubscribe("ada@example.org")
        assert runner.turn() == 0

        with later(minutes=5):
            while runner.turn():
                pass

    statuses = {name: contact_of(f"{name}@example.org")["status"] for name in ("ada", "grace")}
    assert statuses == {"ada": "unsubscribed", "grace": "subscribed"}


def test_whoever_had_listmonk_blocklist_them_has_left_here(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """Its own page offers that beside leaving one list; whom it has blocklisted before is another matter."""
    people.subscribe("ada@example.org")
    push()
    listmonk.blocklist("ada@example.org")

    rename("ada@example.org", "Ada")
    push()

    assert contact_of("ada@example.org")["status"] == "unsubscribed"
    assert [copy.due_at for copy in copies()] == [None]


def test_who_left_listmonk_long_ago_and_confirmed_here_since_is_mailed_again(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.add("ada@example.org", lists={3: "unsubscribed"})
    people.subscribe("ada@example.org")

    push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_who_vanished_from_listmonk_is_put_back(push: Callable[[], None], people: People, listmonk: Listmonk) -> None:
    """What is gone is answered 400 there, and adding it to a list 500."""
    people.subscribe("ada@example.org")
    push()
    listmonk.subscribers.clear()

    rename("ada@example.org", "Ada")
    push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_a_list_that_does_not_exist_stops_the_connector_before_anybody_is_sent(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """POST would leave it out in silence."""
    declare(DECLARED.replace("list = 3", "list = 5"))
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


def test_whom_the_credentials_do_not_reach_holds_up_nobody(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """An API user that may use our list alone is denied whoever is on other lists alone."""
    people.subscribe("hedy@example.org")
    push()
    listmonk.add("ada@example.org", lists={4: "confirmed"})
    listmonk.hidden.add("ada@example.org")
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")

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


# Its trouble


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
    for name in "abcdef":
        people.subscribe(f"{name}@example.org")
    listmonk.answer("POST", 500, times=3)

    push()

    assert state("listmonk").troubles == 1
    assert listmonk.heard.count("POST /api/subscribers") == 3


def test_a_withdrawal_leaves_before_everything_that_has_waited_longer(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("hedy@example.org")
    push()
    for name in ("ada", "grace"):
        people.subscribe(f"{name}@example.org")
    people.leave("hedy@example.org")
    listmonk.heard.clear()

    push()

    assert listmonk.heard[0] == "PUT /api/subscribers/lists"


# What it is told


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


def test_fields_are_mapped_as_the_operator_says(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    mapping = (
        'name = ["fields.last_name"]\nkey = "doi"\n[listmonk.fields]\nlang = "language"\nleave = "links.unsubscribe"\n'
    )
    declare(DECLARED + mapping)
    people.subscribe("ada@example.org", first_name="Ada", last_name="Lovelace")

    tools.push()

    ada = listmonk.subscribers[1]
    assert ada["name"] == "Lovelace"
    assert ada["attribs"]["doi"].keys() == {"id", "version", "lang", "leave"}
    assert ada["attribs"]["doi"]["leave"].startswith("http://localhost/unsubscribe/")


def test_two_newsletters_of_one_person_are_one_subscriber_who_can_leave_either(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    other = DECLARED.replace("[listmonk]", "[webshop]").replace("nyhedsbrev", "webshop").replace("= 3", "= 4")
    declare(DECLARED + other)
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
    for address in addresses:
        people.subscribe(address)

    tools.push()

    assert listmonk.heard.count("POST /api/import/subscribers") == 1
    assert listmonk.mailed() == {*addresses} - {"p@blocked.example"}
    assert {copy.remote_id for copy in copies() if not copy.dead} == {str(number) for number in listmonk.subscribers}


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


# Another address (A8.4)

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
    other = DECLARED.replace("[listmonk]", "[webshop]").replace("nyhedsbrev", "webshop").replace("= 3", "= 4")
    declare(DECLARED + other)
    people.subscribe("ada@example.org")
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        tools.push()
        listmonk.add(NEW)

        move(people, "ada@example.org", NEW)
        tools.push()

    assert listmonk.mailed(3) == listmonk.mailed(4) == {NEW}
    assert len(listmonk.subscribers) == 1


# Erasure (GDPR 17(2), 19)


def test_who_was_erased_here_is_erased_there_by_the_ids_of_their_own(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")
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
    other = DECLARED.replace("[listmonk]", "[webshop]").replace("nyhedsbrev", "webshop").replace("= 3", "= 4")
    declare(DECLARED + other)
    people.subscribe("ada@example.org")
    with later(minutes=11):
        people.subscribe("ada@example.org", slug="webshop")
        tools.push()
        erase("ada@example.org")
        tools.push()

    assert listmonk.subscribers == {}
    assert copies() == []


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


def test_a_tool_that_has_lost_its_list_does_not_empty_ours(
    push: Callable[[], None], tools: Tools, people: People
) -> None:
    """A hundred may leave through it within an hour; of a small list more would be too many to be true."""
    people.subscribe("ada@example.org")
    push()
    [runner] = tools.runners()
    pusher = runner.round
    assert isinstance(pusher, Pusher)

    for _ in range(100):
        pusher.doubt()

    with pytest.raises(Misconfigured):
        pusher.doubt()
    with later(hours=2):
        pusher.doubt()
