"""A catalogue as it was applied, and evidence that names it by its content (A2.9)."""

import hashlib

import pytest
from flask import Flask

from newsletter import catalog
from tests.conftest import EXAMPLE, Run
from tests.kept import faults, proof
from tests.people import People
from tests.tampering import tamper
from tests.verbs.evidence.chains import ADA


def test_a_sign_up_names_the_hash_of_the_file_that_was_applied(service: Flask, people: People, run: Run) -> None:
    people.subscribe(ADA)
    catalog.apply(EXAMPLE.read_text() + "\n# Another one.\n")

    named = proof()[0]["facts"]

    assert named["catalog_sha256"] == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()
    assert run("catalog", "show", str(named["catalog"])).stdout_bytes == EXAMPLE.read_bytes()
    assert run("catalog", "show").stdout.endswith("# Another one.\n")
    assert [run("catalog", "show", unknown).exit_code for unknown in ("99", "0")] == [1, 1]


def test_evidence_of_a_release_that_named_no_hash_is_whole(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(catalog, "as_applied", lambda _version: None)
        people.subscribe(ADA)

    assert (proof()[0]["facts"]["catalog_sha256"], faults()) == (None, [])
    tamper("UPDATE catalogs SET document = replace(document, 'Market trends', 'Anything')")
    assert faults() == ["the catalogue 1 that it names was altered"]


@pytest.mark.parametrize("hash_too", [False, True])
def test_a_catalogue_that_was_altered_is_found_though_its_hash_was_altered_too(people: People, hash_too: bool) -> None:
    """A2.8, A2.9: names of topics and the notice's address are proven by it."""
    people.subscribe(ADA)
    altered = EXAMPLE.read_text().replace("Market trends", "Anything")
    assert faults() == []

    tamper("UPDATE catalogs SET document = replace(document, 'Market trends', 'Anything')")
    if hash_too:
        tamper(f"UPDATE catalogs SET sha256 = '{hashlib.sha256(altered.encode()).hexdigest()}'")  # noqa: S608

    assert faults() == ["the catalogue 1 that it names was altered"]
