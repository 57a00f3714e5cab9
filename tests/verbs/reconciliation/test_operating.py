"""What an operator sees of a tool, tries again and forgets."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from newsletter.db import transaction
from newsletter.feed import ConnectorState
from newsletter.feed.copies import locked
from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, rename
from tests.verbs.races.pressing import behind
from tests.waiting import wait_for


def test_status_says_for_a_person_how_each_tool_stands(
    tools: Tools, people: People, listmonk: Listmonk, client: FlaskClient
) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    assert "no worker has begun" in tools.flask("feed", "status").stdout
    people.subscribe("hedy@example.org")
    tools.push()
    people.leave("hedy@example.org")
    tools.push()
    settled = tools.flask("feed", "status").stdout
    listmonk.down()
    people.subscribe("grace@example.org")
    tools.push()

    with later(minutes=20):
        told = tools.flask("feed", "status").stdout
        metrics = client.get("/metrics").text
    listmonk.up(listmonk.port)

    assert "listmonk (nyhedsbrev): all told, contacts due: 0\n" in settled
    assert "oldest withdrawal" not in settled
    assert re.search(r"listmonk \(nyhedsbrev\): 12\d\d s behind, contacts due: 1\n", told)
    assert "in trouble: connection refused" in told
    assert "1 refused by the tool" in told
    assert re.search(r"2 told, 1 tried again, 1 refused; withdrawals: 1, on average after \d+\.\d s", told)
    assert 'newsletter_connector_dead{connector="listmonk"} 1.0' in metrics
    assert 'newsletter_connector_lag_seconds{connector="listmonk"} 1' in metrics
    assert "refused" in tools.flask("feed", "dead", "listmonk").stdout


def test_what_was_given_up_is_tried_again_by_hand(tools: Tools, people: People, listmonk: Listmonk) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    tools.push()
    listmonk.blocked_domains.clear()

    assert "Contacts due now: 1." in tools.flask("feed", "retry", "listmonk").stdout
    tools.push()

    assert listmonk.mailed() == {"ada@blocked.example"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_trying_again_waits_for_a_worker_that_is_busy_with_somebody(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """It settles a contact, and with it the connector. SQLite has one writer."""
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    tools.push()

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            locked(session, "listmonk", contact_of("ada@blocked.example")["id"])
            answer = pool.submit(tools.flask, "feed", "retry", "listmonk")
            wait_for(1)
            ConnectorState.locked(session, "listmonk")

        assert answer.result().stdout == "Contacts due now: 1.\n"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_repair_and_a_worker_that_reads_changes_do_not_wait_in_a_circle(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """Of the same people, whom either comes to in its own order. SQLite has one writer."""
    people.subscribe("ada@example.org", "grace@example.org")
    tools.push()
    rename("grace@example.org", "Grace")
    rename("ada@example.org", "Ada")
    ada = contact_of("ada@example.org")["id"]
    repair = partial(tools.flask, "feed", "reconcile", "listmonk", "--repair")

    repaired, _ = behind(people, lambda session: locked(session, "listmonk", ada), repair, tools.push)

    assert repaired.exit_code == 0, repaired.output
    assert {one["name"] for one in listmonk.subscribers.values()} == {"Ada", "Grace"}


def test_a_check_of_the_tool_says_what_is_wrong_with_it(tools: Tools, listmonk: Listmonk) -> None:
    assert tools.flask("feed", "check", "listmonk").exit_code == 0

    del listmonk.lists[3]
    told = tools.flask("feed", "check", "listmonk")

    assert told.exit_code == 1
    assert "no list 3" in told.stderr
    assert tools.flask("feed", "check", "nobody").exit_code == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("newsletter = 'nyhedsbrv'", "no newsletter nyhedsbrv"),
        ("newsletter = 'nyhedsbrev'\ndialect = 'exel'", "dialect has to be excel"),
    ],
)
def test_a_connector_that_could_only_be_silent_says_what_is_wrong(
    tools: Tools, tmp_path: Path, wrong: str, said: str
) -> None:
    tools.declare(f"[files]\nkind = 'folder'\nfolder = '{tmp_path}'\n{wrong}\n")

    tools.push()

    assert said in tools.flask("feed", "status").stdout
    assert tools.flask("feed", "check", "files").exit_code == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[x\n", "connectors.toml"),
        ("x = " + "[" * 5000, "connectors.toml"),
        ("[Big]\nkind='listmonk'\nnewsletter='n'\nurl='https://x'\nuser='u'\nlist=1\n", "a to z"),
        ("['']\nkind='folder'\nnewsletter='n'\nfolder='f'\n", "a to z"),
        ("[a]\nkind='carrier pigeon'\n", "listmonk, mailman"),
        ("[a]\nkind='listmonk'\n", "newsletter is missing"),
        ("[a]\nkind='listmonk'\nnewsletter='n'\nurl='https://x'\nuser='u'\nlist='three'\n", "list has to be a number"),
        ("[a]\nkind='folder'\nnewsletter='n'\nfolder='f'\nlinks='yes'\n", "true or false"),
        ("[a]\nkind='folder'\nnewsletter='n'\nfolder='f'\npassword='p'\n", "password is not known"),
        ("a = 1\n", "table"),
        ("[a]\nkind=['folder']\n", "listmonk, mailman"),
        ("[a]\nkind='folder'\nnewsletter='n'\nfolder='f'\nkeep=0.5\nevery=inf\n", "every has to be a number."),
        (
            "[a]\nkind='sftp'\nnewsletter='n'\nurl='sftp://u@h:port/x'\nknown_hosts='k'\n",
            "like sftp://user@host/folder",
        ),
        (
            "[a]\nkind='sftp'\nnewsletter='n'\nurl='sftp://u@h..org/x'\nknown_hosts='k'\n",
            "like sftp://user@host/folder",
        ),
        ("[a]\nkind='listmonk'\nnewsletter='n'\nurl='https://x'\nuser='u'\nlist=3\n", "SECRETS lacks a"),
    ],
)
def test_a_file_of_connectors_with_a_mistake_keeps_the_worker_from_starting(
    tools: Tools, wrong: str, said: str
) -> None:
    tools.declare(wrong)

    told = tools.flask("worker", "--once")

    assert told.exit_code == 1
    assert said in told.output + str(told.exception)


def test_a_connector_that_is_declared_no_more_is_late_for_ever_unless_it_is_forgotten(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    tools.push()
    [runner] = tools.runners()
    assert tools.flask("feed", "forget", "listmonk").exit_code == 1, "it is in the file"

    with tools.declared.app_context():
        runner.turn()
    tools.declare("")
    served = tools.flask("feed", "forget", "listmonk")
    assert "restart the workers" in served.stderr

    with later(minutes=1):
        assert tools.flask("feed", "forget", "listmonk").stdout == "People not told of there any more: 1.\n"
    assert copies() == []
    assert "no connector" in tools.flask("feed", "status").stdout
    assert listmonk.mailed() == {"ada@example.org"}


def test_forgetting_a_connector_forgets_nothing_of_another_one(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    both = DECLARED + DECLARED.replace("[listmonk]", "[tracked]").replace("= 3", "= 4")
    tools.declare(both.format(url=listmonk.url), listmonk=listmonk.token, tracked=listmonk.token)
    people.subscribe("ada@example.org")
    tools.push()
    tools.declare(DECLARED.format(url=listmonk.url), listmonk=listmonk.token)

    with later(minutes=1):
        assert tools.flask("feed", "reconcile", "listmonk").exit_code == 0
        assert tools.flask("feed", "forget", "tracked").stdout == "People not told of there any more: 1.\n"

    assert [(copy.connector, copy.held) for copy in copies()] == [("listmonk", "mailed")]


def test_what_is_tried_again_by_hand_waits_for_nothing(tools: Tools, people: People, listmonk: Listmonk) -> None:
    """Neither for its own next time nor for the tool's."""
    people.subscribe("hedy@example.org")
    tools.push()
    people.subscribe("ada@example.org")
    listmonk.answer("POST", 500)
    tools.push()
    people.subscribe("grace@example.org")
    listmonk.answer("POST", 503, Retry_After="600")
    tools.push()

    assert "Contacts due now: 2." in tools.flask("feed", "retry", "listmonk").stdout
    tools.push()

    assert listmonk.mailed() == {f"{name}@example.org" for name in ("hedy", "ada", "grace")}


def test_a_secret_of_a_connector_that_is_not_declared_is_a_mistake(tools: Tools) -> None:
    tools.declare("", listmnk="a token")

    told = tools.flask("worker", "--once")

    assert told.exit_code == 1
    assert "listmnk, which is no connector" in told.output + str(told.exception)
