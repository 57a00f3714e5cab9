"""What the documents tell people to call and to write down works: it is spelt as the service has it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from newsletter.config import Settings
from newsletter.db import Base
from tests.architecture.test_docs import ALL_COMMANDS, DEPLOYED, DOCS, PAGES, ROOT, name_of

FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:flask|newsletter) .*")
GROUPS = {name.split()[0] for name in ALL_COMMANDS}


def calls(text: str) -> Iterator[str]:
    """In sentences `flask ...`; in samples the wrapper of install-systemd.md as well."""
    yield from re.findall(r"`(flask [^`]+)`", text)
    for sample in FENCED.findall(text):
        yield from (line.partition(" #")[0] for line in sample.splitlines() if re.match(CALL, line))


def is_taken(words: Sequence[str]) -> bool:
    """Whether it is a command with options that it has, or a group of some; `db` is Flask-Migrate's, `=` TOML's."""
    name = next((name for n in (2, 1) if (name := " ".join(words[:n])) in ALL_COMMANDS), None)
    if name is None:
        return words[0] in ("db", "=") or (len(words) == 1 and words[0] in GROUPS | {"..."})
    options = {option for parameter in ALL_COMMANDS[name].params for option in parameter.opts}
    return {word.strip("[].,") for word in words if re.match(r"\[?--", word)} <= options


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_call_of_a_command_in_a_page_is_one_that_it_takes(page: Path) -> None:
    assert [call for call in calls(page.read_text()) if not is_taken(call.split()[1:])] == []


@pytest.mark.parametrize("page", [*PAGES, *DEPLOYED], ids=name_of)
def test_every_setting_that_a_page_sets_is_one_and_has_no_comment_behind_it(page: Path) -> None:
    """systemd would take it for a part of the value, and the service would not start."""
    lines = re.findall(r"^#?(?:export )?(NEWSLETTER_\w+)=(.*)$", page.read_text(), re.MULTILINE)

    assert {name for name, _ in lines} <= {f"NEWSLETTER_{field.name.upper()}" for field in fields(Settings)}
    assert [value for _, value in lines if re.search(r"\s#", value)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_of_ours_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:newsletter|deploy|examples|tests|tools|migrations|bench)/[\w./-]*)`", page.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_table_is_told_of_in_the_page_about_data() -> None:
    page = (DOCS / "reference/data.md").read_text()

    assert sorted(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == sorted(Base.metadata.tables)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_question_that_is_refused_shows_why_and_spoils_no_file(page: Path) -> None:
    """curl hides the answer's words unless told; where it writes a file, they would take the list's place."""
    asked = re.findall(r"^curl --fail.*(?:\\\n.*)*", page.read_text(), re.MULTILINE)

    assert [one for one in asked if ("--fail-with-body" in one) == ("--output" in one)] == []


def test_the_first_question_to_a_service_that_was_just_started_waits_until_it_listens() -> None:
    """systemd is told that it runs before its processes, each of which listens for itself, are made."""
    page = (DOCS / "how-to/install-systemd.md").read_text()

    assert re.search(
        r"^systemctl enable --now newsletter-web .*\ncurl --retry \d+ --retry-connrefused ", page, re.MULTILINE
    )


def test_an_upgrade_looks_at_all_that_an_installation_has_copies_of() -> None:
    installed = (DOCS / "how-to/install-systemd.md").read_text()
    upgrade = (DOCS / "how-to/upgrade.md").read_text()
    copied = {path.split("/")[0] for path in re.findall(r"^install -m \d+ (?:-g \w+ )?(\S+)", installed, re.MULTILINE)}

    looked_at = re.findall(r"^git diff --stat 'HEAD@\{1\}' --([^#\n]+)", upgrade, re.MULTILINE)
    assert [copied <= set(folders.split()) for folders in looked_at] == [True, True]  # with systemd, with containers


def test_inbound_mail_has_the_workers_role_before_it_is_first_started() -> None:
    page = (DOCS / "how-to/take-mail-back.md").read_text()

    assert re.search(r"newsletter-worker\S*/role\.conf \S+newsletter-inbound[^`]*enable --now newsletter-inbound", page)
