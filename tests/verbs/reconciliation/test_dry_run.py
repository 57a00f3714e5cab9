"""What a tool would be told, without telling it."""

from pathlib import Path

from tests.listmonk import Listmonk
from tests.people import People
from tests.tools import Tools, contact_of
from tests.verbs.drop.dropping import FOLDER


def test_a_dry_run_says_what_would_be_told_and_tells_nothing(tools: Tools, people: People, listmonk: Listmonk) -> None:
    people.subscribe("ada@example.org")
    ada = contact_of("ada@example.org")["id"]
    assert tools.flask("feed", "plan", "listmonk").stdout == f"hold  {ada}\n"
    tools.push()
    assert tools.flask("feed", "plan", "listmonk").stdout == ""
    people.leave("ada@example.org")
    heard = len(listmonk.heard)

    assert tools.flask("feed", "plan", "listmonk").stdout == f"leave  {ada}\n"
    assert len(listmonk.heard) == heard


def test_a_dry_run_leaves_out_whom_the_tool_has_refused(tools: Tools, people: People, listmonk: Listmonk) -> None:
    listmonk.blocked_domains.add("blocked.example")
    people.subscribe("ada@blocked.example")
    tools.push()

    assert tools.flask("feed", "plan", "listmonk").stdout == ""


def test_a_dry_run_says_whom_a_first_fill_has_still_to_bring(tools: Tools, people: People, listmonk: Listmonk) -> None:
    people.subscribe("ada@example.org")
    listmonk.down()
    tools.push()

    assert tools.flask("feed", "plan", "listmonk").stdout == f"hold  {contact_of('ada@example.org')['id']}\n"


def test_where_files_are_dropped_nobody_is_told_so_there_is_no_dry_run(tools: Tools, tmp_path: Path) -> None:
    tools.declare(FOLDER.format(folder=tmp_path))

    refused = tools.flask("feed", "plan", "files")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "drops files" in refused.stderr
