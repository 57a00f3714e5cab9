"""Who has looked a person up: journaled, and told to staff by `flask contacts readings` (D4.3)."""

import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from newsletter import access
from tests.conftest import Run
from tests.people import People, later
from tests.receivers import Hooks
from tests.verbs.contacts.looking import ADA, WHO, readings

GRACE, EVE = "grace@example.org", "eve@example.org"


def test_showing_and_exporting_are_journaled_as_reads(ada: str, contacts: Callable[..., Result]) -> None:
    """D4.3: by whom and why, and never the address."""
    shown = contacts("show", ADA, *WHO)
    contacts("export", ADA, "--reason", f"{ADA} asked", "--actor", "Grace")

    assert [contact["newsletter"] for contact in json.loads(shown.stdout)["contacts"]] == ["nyhedsbrev", "webshop"]
    assert len(readings()) == 2
    assert "by Grace" in readings()[0]
    assert ADA not in "".join(readings())


def test_staff_see_who_has_looked_a_person_up_when_and_why(
    ada: str, contacts: Callable[..., Result], people: People, service: Flask, run: Run
) -> None:
    """GDPR 15 (CJEU C-579/21), D4.3: of a list that was read nobody can tell whom the reader was after."""
    people.subscribe(GRACE)
    tool = Hooks(service, people.client, (access.Scope.CONTACTS_READ, access.Scope.FEED_READ))
    tool.get(f"/contacts/{ada}")
    tool.post("/contacts/search", {"email": ADA})
    tool.post("/contacts/search", {"email": GRACE})
    tool.get("/newsletters/nyhedsbrev/contacts")
    run("evidence", "show", ADA, "--actor", "Edsger")
    with later(days=1):
        contacts("show", ADA, *WHO)
        told = contacts("readings", ADA, *WHO)

    by_id, by_address, proof, shown = told.stdout.splitlines()
    assert f"(the tool) from 192.0.2.77: /api/v1/contacts/{ada}" in by_id
    assert "/api/v1/contacts/search?" in by_address
    assert "command line: evidence of" in proof
    assert shown.endswith("by Grace: asked for it by phone")
    assert shown[:10] > proof[:10]
    assert readings()[-1].startswith("contacts readings of")
    assert (contacts("readings", EVE, *WHO).exit_code, contacts("readings", EVE, *WHO).stdout) == (1, "")
