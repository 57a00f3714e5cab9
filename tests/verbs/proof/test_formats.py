"""The proof in every format, checked and sealed (A2, E17)."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from newsletter import access, subscriptions
from newsletter.access import Scope
from newsletter.subscriptions import Cause, Channel, Wishes, seal
from tests.people import People, later
from tests.verbs.proof.proving import ADA, GRACE, page, told


def test_the_command_prints_every_format(ada: str, service: Flask) -> None:
    """A2.6"""
    runner = service.test_cli_runner()
    show = ["evidence", "show", ADA, "--format"]

    printed = {form: runner.invoke(args=[*show, form]).stdout_bytes for form in ("json", "html", "pdf", "jsonld")}

    assert json.loads(printed["json"])["consents"][0]["complete"]
    assert printed["html"].startswith(b"<!doctype html>")
    assert printed["pdf"].startswith(b"%PDF-")
    assert json.loads(printed["jsonld"])["@graph"][0]["@type"] == "dpv:ConsentRecord"


def test_the_proofs_of_two_erasures_do_not_become_one_pdf(people: People, service: Flask) -> None:
    """A reader of such a file would show one of them."""
    runner, why = service.test_cli_runner(), ("--reason", "claim", "--actor", "Grace")
    for minutes in (0, 11):
        with later(minutes=minutes):
            people.subscribe(ADA)
            runner.invoke(args=["contacts", "erase", ADA, *why])

    refused, printed = (runner.invoke(args=["evidence", "locked", ADA, *why, "--format", f]) for f in ("pdf", "html"))

    assert (refused.exit_code, refused.stdout_bytes) == (2, b"")
    assert "2 locked proofs" in refused.stderr
    assert printed.stdout.count("<!doctype html>") == 2


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/pdf", "application/pdf"),
        ("text/html; charset=utf-8", "text/html"),
        ("application/ld+json", "application/ld+json"),
        ("text/plain", "application/json"),
    ],
)
def test_the_machine_interface_prints_what_is_accepted(ada: str, service: Flask, accept: str, media_type: str) -> None:
    """A2.6"""
    with_key = {"Authorization": f"Bearer {access.create('dpo', [Scope.EVIDENCE_READ], [], None)}", "Accept": accept}
    contact = told()["consents"][0]["contact"]

    answer = service.test_client().get(f"/api/v1/contacts/{contact}/evidence", headers=with_key)

    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Accept" in answer.headers["Vary"]
    if media_type == "text/html":
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


def test_everybody_s_evidence_is_checked_with_a_bar_on_standard_error(ada: str, service: Flask) -> None:
    checked = service.test_cli_runner().invoke(args=["evidence", "verify", "--all"])

    assert checked.stdout.endswith("\n1 checked, all whole.\n")
    assert "Checking evidence" in checked.stderr


def test_a_text_in_another_language_than_the_page_is_marked_as_such(ada: str) -> None:
    """F8 (WCAG 2.2, 3.1.2): whoever spoke Danish then, and speaks German now, still agreed in Danish."""
    assert '<pre lang="da">' not in page()
    contact = told()["consents"][0]["contact"]

    subscriptions.rectify(contact, Wishes(language="de"), Cause(Channel.ME))

    assert '<html lang="de">' in page()
    assert page().count('<pre lang="da">Ja tak, Konica Minolta') == 1
    assert page().count('<pre lang="da">') == 3
    assert page().count("<pre>") == 1


def test_the_receipt_bears_a_seal_that_only_what_it_says_has_and_the_proof_names_it(people: People) -> None:
    """E18."""
    pages = [people.subscribe(address, topic="events").text for address in (ADA, GRACE)]

    seals = [re.search(r"<dd>([0-9a-f]{6}(?: [0-9a-f]{4}){8})</dd>", found) for found in pages]

    assert seals[0] and seals[1]
    assert seals[0][1] != seals[1][1]
    assert people.client.get(people.inbox.link(ADA)).text.count(seals[0][1]) == 1
    people.leave(ADA)
    assert [consent["confirmed"]["receipt_seals"] for consent in told()["consents"]] == [[seals[0][1]]]
    assert seals[0][1] in page()


def test_a_seal_covers_all_that_a_receipt_says(service: Flask) -> None:
    """E18: which contact, since when, what was agreed to, and about what."""
    at, agreed = datetime(2027, 1, 1, tzinfo=UTC), {"newsletter": {"state": "granted"}}
    seals = [
        seal("ada", at, agreed, ["events"]),
        seal("grace", at, agreed, ["events"]),
        seal("ada", at + timedelta(seconds=1), agreed, ["events"]),
        seal("ada", at, {}, ["events"]),
        seal("ada", at, agreed, ["events", "trends"]),
    ]

    assert len(set(seals)) == len(seals)
