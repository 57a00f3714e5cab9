"""A command that is called wrongly says so in a sentence, and does nothing: no traceback, and no success."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE

import pytest
from flask import Flask

from newsletter.commands import COMMANDS
from newsletter.config import Socket
from tests.conftest import ROOT, Contents, variables_for

HUGE = "9" * 30
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # none of them gets that far
WRONG = {
    "catalog apply ": ": cannot be read: Is a directory.",  # a script's variable was empty: nothing else is meant
    f"catalog show {HUGE}": "is not in the range",
    "contacts show ada@example.org --reason phoned --actor S\udcf8ren": "is not UTF-8",
    f"contacts show ada@example.org --reason {'phoned' * 40} --actor Grace": "may have 200 characters at most.",
    "contacts show ada@example.org --reason phoned --actor Gra\nce": "contains characters that cannot be shown.",
    "evidence verify ": "This is not an e-mail address",
    "inbound --once": "--once goes with --imap.",
    "keys create  --scope feed:read": "may not be empty.",
    "keys create S\udcf8ren --scope feed:read": "is not UTF-8",  # typed in ISO 8859-1
    "purge --despite-gaps": "--despite-gaps goes with --after-restore.",
    "purge --end-unused nowhere": "There is no newsletter of that name.",
    f"requests done {HUGE}": "is not in the range",
    "requests add access --reference S\udcf8ren": "is not UTF-8",
    f"requests extend {HUGE} --reason busy": "is not in the range",
    "requests extend 1 --reason ": "may not be empty.",
    "retention unused --newsletter ": "There is no newsletter of that name.",
    "retention show --language fr": "is not one of 'en', 'da', 'de'.",
    "suppressions add ada@example.org --actor ": "may not be empty.",
    "suppressions add ada@example.org --actor S\udcf8ren": "is not UTF-8",
    f"webhooks rotate hook --overlap {HUGE}": "is not in the range",
    "webhooks rotate hook --overlap 721": "is not in the range",
}


@pytest.mark.parametrize("called", WRONG)
def test_what_is_wrong_with_a_call_is_told(called: str, service: Flask, contents: Callable[[], Contents]) -> None:
    before = contents()

    told = service.test_cli_runner().invoke(args=called.split(" "))

    assert told.exit_code in (1, 2)
    assert isinstance(told.exception, SystemExit)
    assert WRONG[called] in told.stderr
    assert contents() == before


def test_a_folder_that_cannot_be_written_is_told(service: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    told = service.test_cli_runner().invoke(args=["letters", "preview", str(tmp_path / "file" / "below")])

    assert told.exit_code == 1
    assert "below cannot be written: Not a directory." in told.stderr


def test_an_output_that_does_not_fit_is_told(database_url: str) -> None:
    """By a process to its end, where Python would try once more."""
    command = [sys.executable, "-m", "flask", "suppressions", "show", "ada@example.org"]
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            command, env=variables_for(database_url), cwd=ROOT, stdout=full, stderr=PIPE, text=True, check=False
        )

    assert told.returncode == 1
    assert told.stderr == "Error: There is no space left where this writes to.\n"


@pytest.mark.parametrize("options", [["show"], ["locked", "--reason", "a claim", "--actor", "Grace"]])
def test_no_proof_is_written_to_a_terminal_as_pdf(database_url: str, options: list[str]) -> None:
    command = [sys.executable, "-m", "flask", "evidence", *options, "ada@example.org", "--format", "pdf"]
    ours, theirs = os.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "w") as terminal:
        told = subprocess.run(
            command, env=variables_for(database_url), cwd=ROOT, stdout=terminal, stderr=PIPE, text=True, check=False
        )

    assert told.returncode == 2
    assert "A PDF is not for a terminal: send it into a file." in told.stderr


@pytest.mark.parametrize(
    ("path", "why"), [("/nowhere/lmtp", "No such file or directory"), (f"/{'x' * 200}", "AF_UNIX path too long")]
)
def test_a_place_where_nobody_can_listen_is_told(make_app: Callable[..., Flask], path: str, why: str) -> None:
    app = make_app(inbound_address="*@bounces.example.org", inbound_lmtp=Socket(path=path))

    with app.app_context():
        told = app.test_cli_runner().invoke(args=["inbound"])

    assert told.exit_code == 1
    assert f"NEWSLETTER_INBOUND_LMTP: {why}." in told.output


def test_there_is_no_command_but_ours_and_that_for_migrations(service: Flask) -> None:
    """One that a library brings along would tell refusals its own way, if it told the truth."""
    assert {*service.cli.commands} == {command.name for command in COMMANDS} | {"db"}


def test_whose_export_a_file_is_has_to_be_said(service: Flask, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("email\n")

    told = service.test_cli_runner().invoke(args=["feed", "reconcile", "--file", str(file)])

    assert told.exit_code == 2
    assert "Say --newsletter, of nyhedsbrev, webshop." in told.stderr
