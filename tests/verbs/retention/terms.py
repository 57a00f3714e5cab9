"""What the catalogue says of terms, and what is left when they are over."""

from flask import Flask

from tests.conftest import EXAMPLE, Contents

ADA, GRACE = "ada.lovelace@example.org", "grace.hopper@example.com"
HERE = "192.0.2.77"


def with_term(usual: str, other: str) -> str:
    text = EXAMPLE.read_text()
    assert text.count(usual) == 1
    return text.replace(usual, other)


def purge(app: Flask) -> dict[str, int]:
    done = app.test_cli_runner().invoke(args=["purge"])
    assert done.exit_code == 0, done.output
    return {name: int(count) for name, _, count in (line.partition(": ") for line in done.stdout.splitlines())}


def is_there(contents: Contents, trace: str) -> list[str]:
    return [table for table, rows in contents.items() if trace in str(rows).lower()]
