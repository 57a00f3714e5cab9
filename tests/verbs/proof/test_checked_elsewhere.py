"""A printed proof can be checked by whoever has a root from elsewhere, without us (PRODUCT 4.8; A2.8)."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from newsletter.commands.duties import anchor_all
from newsletter.consent import Anchor
from newsletter.db import reader
from tests.people import People, later
from tests.verbs.proof.expert import Told, objections
from tests.verbs.proof.proving import ADA, GRACE, told

WHY = ("--reason", "a letter of “today” \\ 👍", "--actor", "Grace")


@pytest.fixture
def run(service: Flask) -> Callable[..., str]:
    return lambda *arguments: service.test_cli_runner().invoke(args=[*arguments]).stdout


@pytest.fixture
def anchored(ada: str, people: People, run: Callable[..., str]) -> Told:
    """Ada's proof, of two newsletters and a withdrawal, under an anchor with Grace's and another's."""
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop", language="de")
    run("contacts", "withdraw", ADA, "--purpose", "tracking", *WHY)
    people.subscribe(GRACE, "mary@example.org")
    anchor_all()
    return told()


def root() -> str:
    with reader() as session:
        return session.get_one(Anchor, 1).root


def test_whoever_has_the_root_needs_nothing_else_to_check_a_print(anchored: Told) -> None:
    """A2.8."""
    assert len(anchored["anchor"]["path"]) > 0
    assert objections(anchored, root()) == []
    assert objections(anchored, "0" * 64) == ["anchor"]


def test_a_value_that_retention_removed_leaves_the_print_to_be_checked(anchored: Told, run: Callable[..., str]) -> None:
    """A2.12: its salt is gone with it, so nobody can tell by guessing what it was."""
    with later(days=400):
        run("purge")
        reduced = told()

    asked = reduced["evidence"][0]
    assert asked["values"]["ip"].startswith("removed by rule ip")
    assert "ip" not in asked["salts"]
    assert "address" in asked["salts"]
    assert objections(reduced, root()) == []


def test_so_does_the_locked_proof_of_whoever_was_erased(anchored: Told, run: Callable[..., str]) -> None:
    """A7.5."""
    run("contacts", "erase", ADA, *WHY)

    locked = json.loads(run("evidence", "locked", ADA, *WHY))

    assert len(locked["evidence"]) > len(anchored["evidence"])
    assert objections(locked, root()) == []


def altered(proof: Told, change: Callable[[Told], object]) -> Told:
    copy: Told = json.loads(json.dumps(proof))
    change(copy)
    return copy


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof["evidence"][0].update(at="2026-01-01T00:00:00+00:00"),
        lambda proof: proof["evidence"][0]["values"].update(address="eve@example.org"),
        lambda proof: proof["evidence"][0]["values"].pop("ip"),
        lambda proof: proof["evidence"][1]["facts"].update(sha256="0" * 64),
        lambda proof: proof["evidence"][2]["facts"].update(method="code"),
        lambda proof: proof["evidence"].pop(1),
        lambda proof: proof["consents"][0]["confirmed"]["granted"][0].update(text="I agree to everything."),
        lambda proof: proof["consents"][0]["letters"][0].update(mime="Subject: Another\r\n\r\n"),
        lambda proof: proof["anchor"]["path"].reverse(),
        lambda proof: proof["anchor"]["leaf"].update(records=1),
        lambda proof: proof.update(subscriber="somebodyelse"),
    ],
)
def test_a_print_that_was_altered_does_not_hold(anchored: Told, change: Callable[[Told], object]) -> None:
    """A2.8."""
    assert objections(altered(anchored, change), root())
