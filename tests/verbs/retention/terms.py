"""What the catalogue says of terms, and what is left when they are over."""

from flask import Flask

from newsletter import consent, subscriptions
from newsletter.db import reader
from newsletter.subscriptions import Subscriber
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


def faults(address: str) -> list[str]:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return [fault.sentence for fault in subscriptions.verify(session, found.id)]


def proof(address: str) -> list[dict[str, object]]:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return list(consent.proof(session, found.id))


def is_there(contents: Contents, trace: str) -> list[str]:
    return [table for table, rows in contents.items() if trace in str(rows).lower()]
