"""Whether a tool holds exactly the people who may be mailed, and how it is mended when not (A6.6, E8)."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.people import People, later
from tests.tools import Tools, contact_of, copies, state


def test_equal_lists_have_no_difference(tools: Tools, people: People, listmonk: Listmonk) -> None:
    people.subscribe("ada@example.org", "grace@example.org")
    people.leave("grace@example.org")
    tools.push()

    told = tools.flask("feed", "reconcile", "listmonk")

    assert (told.exit_code, told.stdout) == (0, "")
    assert "missing: 0" in told.stderr
    assert state("listmonk").drift == 0


def test_every_kind_of_difference_is_found_and_mended(tools: Tools, people: People, listmonk: Listmonk) -> None:
    """A6.6, E8"""
    people.subscribe(*(f"{name}@example.org" for name in ("missing", "outdated", "left", "fine")))
    tools.push()
    listmonk.add("extra@example.org", lists={3: "confirmed"})
    missing, outdated = (listmonk.by_email(f"{name}@example.org") for name in ("missing", "outdated"))
    assert missing and outdated
    del listmonk.subscribers[missing["id"]]
    outdated["attribs"]["nyhedsbrev"]["version"] = 0
    listmonk.unsubscribe("left@example.org")

    told = tools.flask("feed", "reconcile", "listmonk")

    kinds = {line.split()[0]: line.split()[1] for line in told.stdout.splitlines()}
    assert kinds == {
        **{kind: contact_of(f"{kind}@example.org")["id"] for kind in ("missing", "outdated", "left")},
        "extra": "-",
    }
    assert told.exit_code == 1
    assert "example.org" not in told.output
    assert 'newsletter_connector_drift{connector="listmonk"} 4.0' in people.client.get("/metrics").text

    assert tools.flask("feed", "reconcile", "listmonk", "--repair").exit_code == 0
    tools.push()
    tools.push()

    assert listmonk.mailed() == {"missing@example.org", "outdated@example.org", "fine@example.org"}
    assert contact_of("left@example.org")["status"] == "unsubscribed"
    assert listmonk.status("extra@example.org") == "unsubscribed", (
        "somebody else may know them, and mail them otherwise"
    )
    assert tools.flask("feed", "reconcile", "listmonk").exit_code == 0
    assert not [copy for copy in copies() if copy.stray]


def test_whoever_is_on_their_way_is_no_difference(tools: Tools, people: People, listmonk: Listmonk) -> None:
    tools.push()
    people.subscribe("ada@example.org")
    listmonk.answer("POST", 500)
    tools.push()

    assert tools.flask("feed", "reconcile", "listmonk").exit_code == 0


def test_whom_the_tool_refuses_is_a_difference(tools: Tools, people: People, listmonk: Listmonk) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    tools.push()

    assert tools.flask("feed", "reconcile", "listmonk").stdout.startswith("missing")


def test_who_has_left_here_and_is_mailed_there_all_the_same_is_put_off(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """Known there by our own id, and here no more as somebody whom the tool mails."""
    people.subscribe("ada@example.org")
    tools.push()
    people.leave("ada@example.org")
    tools.push()
    listmonk.subscribers[1]["lists"][3]["status"] = "confirmed"

    assert tools.flask("feed", "reconcile", "listmonk", "--repair").stdout.startswith("extra")
    tools.push()

    assert listmonk.mailed() == set()


def test_lists_of_any_length_are_compared_to_their_end(
    tools: Tools, people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.feed.reconciling.comparing.PAGE", 1)
    people.subscribe("ada@example.org", "grace@example.org", "hedy@example.org")
    tools.push()
    listmonk.subscribers.clear()

    told = tools.flask("feed", "reconcile", "listmonk")

    assert [line.split()[0] for line in told.stdout.splitlines()] == ["missing"] * 3


def test_a_stranger_who_joins_before_the_repair_is_told_is_a_stranger_no_more(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """Being put off the list by us is not having left through the tool."""
    listmonk.add("ada@example.org", lists={3: "confirmed"})
    assert tools.flask("feed", "reconcile", "listmonk", "--repair").stdout.startswith("extra")
    people.subscribe("ada@example.org")

    tools.push()
    with later(minutes=1):
        tools.push()

    assert contact_of("ada@example.org")["status"] == "subscribed"
    assert listmonk.mailed() == {"ada@example.org"}


def test_a_tool_that_does_not_answer_is_said_to_be_away_and_no_drift_is_noted(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    tools.push()
    listmonk.answer("GET", 503)

    told = tools.flask("feed", "reconcile", "listmonk")

    assert told.exit_code == 1
    assert "503" in told.stderr
    assert state("listmonk").drift is None


def test_any_tools_export_is_compared_by_id_address_or_hash(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path
) -> None:
    """E8. As spreadsheets write it, too, and with somebody who is in it twice."""
    people.subscribe("ada@example.org", "grace@example.org", "hedy@example.org")
    ada, grace = contact_of("ada@example.org")["id"], contact_of("grace@example.org")["id"]
    hashes = [sha256(f"{name}@example.org".encode()).hexdigest() for name in ("ada", "grace", "stranger")]
    files = (
        f"id\n{ada}\n{grace}\n\x9b2Jstranger\n".encode(),
        "E-Mail;Status;Navn\nAda@Example.org;active;Å\ngrace@example.org;active;Ø\nstranger@example.org;active;Æ\n".encode(
            "cp1252"
        ),
        b"\xef\xbb\xbfemail_sha256,name\n" + "".join(f"{one},x\n" for one in hashes).encode(),
        "Email Address\tId\nada@example.org\t1\nada@example.org\t2\ngrace@example.org\t3\nstranger@x.org\t4\n".encode(
            "utf-16"
        ),
    )
    for raw in files:
        file = tmp_path / "theirs.csv"
        file.write_bytes(raw)

        told = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

        assert [line.split()[0] for line in told.stdout.splitlines()] == ["missing", "extra"], told.output
        assert "\x9b" not in told.stdout  # PRODUCT 4.12
        assert told.exit_code == 1


def test_whom_the_tool_would_mail_at_another_address_is_outdated(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path
) -> None:
    people.subscribe("ada@example.org")
    tools.push()
    listmonk.subscribers[1]["email"] = "old@example.org"
    file = tmp_path / "theirs.csv"
    file.write_text(f"id,email\n{contact_of('ada@example.org')['id']},old@example.org\n")

    by_file = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")
    by_connector = tools.flask("feed", "reconcile", "listmonk", "--repair")
    tools.push()

    assert by_file.stdout.split()[0] == by_connector.stdout.split()[0] == "outdated"
    assert listmonk.mailed() == {"ada@example.org"}


def test_whom_the_tool_would_follow_without_their_consent_is_outdated(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    """A5.3"""
    declared = DECLARED.format(url=listmonk.url) + "tracking_list = 4\n"
    tools.declare(declared, listmonk=listmonk.token)
    people.subscribe("ada@example.org")
    tools.push()
    listmonk.subscribers[1]["lists"][4] = {"status": "confirmed", "updated_at": "2026-11-23T09:00:00+00:00"}

    told = tools.flask("feed", "reconcile", "listmonk", "--repair")
    tools.push()

    assert told.stdout.split()[0] == "outdated"
    assert listmonk.mailed(4) == set()


def test_a_file_in_which_somebody_has_left_says_so(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path
) -> None:
    people.subscribe("ada@example.org")
    file = tmp_path / "theirs.csv"
    file.write_text("email,status\nada@example.org,unsubscribed\n")

    told = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert told.stdout.split()[0] == "left"


@pytest.mark.parametrize("state", ["Active", "Tilmeldt", "bekræftet", "abonniert"])
def test_whom_a_tool_mails_in_its_own_language_is_extra_where_they_may_not_be(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path, state: str
) -> None:
    people.subscribe("ada@example.org")
    file = tmp_path / "theirs.csv"
    file.write_text(f"E-Mail;Status\nada@example.org;{state}\nmax@example.org;{state}\n")

    told = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert [line.split()[0] for line in told.stdout.splitlines()] == ["extra"]


@pytest.mark.parametrize("before", ['email,note\nada@example.org,"', '"email;note\n'])
def test_a_file_whose_quotation_mark_nothing_closes_is_refused_with_its_line(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path, before: str
) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text(before + "never ends\n" * 20_000)

    told = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert told.exit_code == 1
    assert "cannot be read as CSV" in told.stderr


@pytest.mark.parametrize("text", ["", "name,town\nAda,London\n", "\x00\x01\x02"])
def test_a_file_that_names_nobody_is_refused(
    tools: Tools, people: People, listmonk: Listmonk, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text(text)

    told = tools.flask("feed", "reconcile", "--file", str(file), "--newsletter", "nyhedsbrev")

    assert told.exit_code == 1
    assert "email_sha256" in told.stderr
