"""Who leaves through listmonk has left here, and is not put back until they confirm anew."""

from collections.abc import Callable

import pytest

from newsletter import clock
from tests.listmonk import Listmonk
from tests.listmonk.declaring import BOTH
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, erase, leave, rename
from tests.verbs.proof.proving import page


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
    people.subscribe("ada@example.org", "grace@example.org", "hedy@example.org")
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


def test_where_they_left_is_said_in_their_language(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """A3.8, A8.2: on paper, and on their own page."""
    people.subscribe("ada@example.org", language="de")
    push()
    listmonk.unsubscribe("ada@example.org")
    rename("ada@example.org", "Ada")
    push()

    assert "Grund: abgemeldet über listmonk" in page("ada@example.org")
    assert "<dd>abgemeldet über listmonk</dd>" in people.client.get(people.fresh_link("ada@example.org")).text


def test_each_telling_that_listmonk_has_acknowledged_is_a_line_of_the_log(
    push: Callable[[], None], people: People, caplog: pytest.LogCaptureFixture
) -> None:
    """A8.6: of whom who was erased no row is left that could say it."""
    caplog.set_level("INFO")
    people.subscribe("ada@example.org")
    contact = contact_of("ada@example.org")["id"]
    push()
    rename("ada@example.org", "Ada")
    push()
    leave("ada@example.org")
    push()
    erase("ada@example.org")
    push()

    told = [line.msg for line in caplog.records if isinstance(line.msg, dict) and line.msg["event"] == "tool told"]
    assert [(line["connector"], line["contact"], line["holds"]) for line in told] == [
        ("listmonk", contact, holds) for holds in ("mailed", "mailed", "left", "nothing")
    ]


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


def test_a_withdrawal_is_told_before_what_waits_longer(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """PRODUCT 4.10: it leaves within a minute, however much else is waiting."""
    people.subscribe("ada@example.org", "hedy@example.org")
    push()
    rename("ada@example.org", "Ada")
    leave("hedy@example.org")
    listmonk.heard.clear()

    push()

    told = [request for request in listmonk.heard if not request.startswith("GET")]
    assert told == ["PUT /api/subscribers/lists", "PATCH /api/subscribers/1"]


def test_a_withdrawal_waits_for_one_request_of_a_slow_tool_and_not_for_all_that_is_waiting(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever is due is told all the same before a worker ends."""
    people.subscribe("hedy@example.org")
    push()
    people.subscribe("ada@example.org", "grace@example.org", "katherine@example.org")
    listmonk.heard.clear()
    now, late, leaving = clock.monotonic, [0.0], iter([leave])

    def take_time(request: str) -> None:
        late[0] += 6
        if request == "POST /api/subscribers" and (go := next(leaving, None)):
            with tools.declared.app_context():
                go("hedy@example.org")

    monkeypatch.setattr(clock, "monotonic", lambda: now() + late[0])
    listmonk.before = take_time
    push()

    told = [request for request in listmonk.heard if not request.startswith("GET")]
    assert told == ["POST /api/subscribers", "PUT /api/subscribers/lists", *["POST /api/subscribers"] * 2]


def test_everybody_is_told_before_a_worker_ends_however_many_they_are(
    push: Callable[[], None], people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.feed.connectors.pusher.BATCH", 2)
    everybody = {f"{name}@example.org" for name in ("ada", "grace", "hedy", "katherine", "mary")}
    people.subscribe(*everybody)

    push()

    assert listmonk.mailed() == everybody


def test_who_has_returned_and_leaves_through_listmonk_has_left_here(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """That we put off the contact of before is no excuse to put them back."""
    people.subscribe("ada@example.org")
    push()
    people.leave("ada@example.org")
    push()
    with later(minutes=11):
        people.subscribe("ada@example.org")
        push()
        assert listmonk.mailed() == {"ada@example.org"}

        listmonk.unsubscribe("ada@example.org")
        rename("ada@example.org", "Ada")
        push()

    assert listmonk.mailed() == set()
    assert contact_of("ada@example.org")["status"] == "unsubscribed"


def test_who_has_left_through_listmonk_while_no_worker_ran_has_left_here(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org", "grace@example.org")
    push()
    for name in ("ada", "grace"):
        listmonk.unsubscribe(f"{name}@example.org")

    with later(hours=30):
        push()

    statuses = {contact_of(f"{name}@example.org")["status"] for name in ("ada", "grace")}
    assert statuses == {"unsubscribed"}


def test_who_has_left_a_list_of_listmonks_that_we_never_put_them_on_is_not_put_on_it(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    declare(BOTH)
    people.subscribe("ada@example.org", slug="webshop")
    tools.push()
    listmonk.unsubscribe("ada@example.org", 3)

    tools.push()

    assert (listmonk.mailed(3), listmonk.mailed(4)) == (set(), {"ada@example.org"})


@pytest.mark.parametrize("end", [leave, erase])
def test_what_a_worker_that_stood_still_tells_too_late_brings_nobody_back(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk, end: Callable[[str], None]
) -> None:
    """Its lease is over, and another one has told by then that the person has left."""
    people.subscribe("ada@example.org")
    late = iter([True])

    def stand_still(request: str) -> None:
        if request == "POST /api/subscribers" and next(late, False):
            with tools.declared.app_context():
                end("ada@example.org")
                with later(minutes=2):
                    tools.push()

    listmonk.before = stand_still
    push()
    with later(minutes=4):
        push()

    assert listmonk.mailed() == set()
    assert [copy.due_at for copy in copies()] in ([], [None])
    assert (listmonk.subscribers == {}) is (end is erase)


def test_who_left_listmonk_long_ago_and_confirmed_here_since_is_mailed_again(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.add("ada@example.org", lists={3: "unsubscribed"})
    people.subscribe("ada@example.org")

    push()

    assert listmonk.mailed() == {"ada@example.org"}
