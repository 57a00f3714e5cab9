"""What people ask for, done through another system: withdrawn, restricted, erased, handed over (PRODUCT 5.2)."""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter import access
from newsletter.access import Scope
from newsletter.db import reader
from tests.conftest import Contents, Run
from tests.journeys.api_rights.acting import ADA, WHO, Door, kinds
from tests.people import Inbox, People, at
from tests.tampering import tamper


def last_read() -> access.Read:
    with reader() as session:
        return session.scalars(select(access.Read).order_by(access.Read.id.desc()).limit(1)).one()


def test_tracking_is_withdrawn_and_the_subscription_goes_on(ada: str, door: Door) -> None:
    """A5.5."""
    for _ in range(2):
        contact = door("POST", f"{ada}/withdraw", json={"purposes": ["tracking"], **WHO}).get_json()

    assert contact["consents"]["tracking"]["state"] == "withdrawn"
    assert contact["tracking_allowed"] is False
    assert contact["status"] == "subscribed"
    assert kinds(door) == ["confirmed", "tracking_withdrawn"]


@pytest.mark.parametrize("purposes", [[], ["newsletter"], ["profiling"], "tracking", [5], None])
def test_only_purposes_that_there_are_are_withdrawn(ada: str, door: Door, purposes: object) -> None:
    assert door("POST", f"{ada}/withdraw", json={"purposes": purposes, **WHO}).status_code == 422


def test_a_restricted_person_is_out_of_the_list_until_it_is_lifted(ada: str, door: Door) -> None:
    """A8.5."""
    for _ in range(2):
        assert door("POST", f"{ada}/restrict", json=WHO).get_json()["status"] == "restricted"
    assert door("GET", "/newsletters/nyhedsbrev/contacts").get_json()["items"] == []
    assert len(door("GET", "/newsletters/webshop/contacts?status=restricted").get_json()["items"]) == 1

    for _ in range(2):
        assert door("POST", f"{ada}/lift", json=WHO).get_json()["status"] == "subscribed"

    assert kinds(door) == ["confirmed", "restricted", "updated"]
    versions = [c["contact"]["version"] for c in door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"]]
    assert versions[-1] == 3


def test_an_erasure_says_what_is_gone_and_until_when_the_proof_is_kept(ada: str, door: Door) -> None:
    """A7.6."""
    ids = [contact["id"] for contact in door.contacts()]

    answer = door("DELETE", ada, json=WHO)

    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["id"], told["erased"]) == (ids[0], ids)
    assert told["proof_kept_until"] > "2028"
    assert (told["signup_held_until"], told["silent_until"]) == (None, None)
    assert "Datatilsynet" in told["complaints"]
    assert door.contacts() == []
    for path in (ada, f"{ada}/evidence", f"{ada}/export"):
        assert door("GET", path).status_code == 404
    assert door("DELETE", ada, json=WHO).status_code == 404
    erased = door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"][-1]
    assert erased["kind"] == "erased"
    assert erased["contact"] == {"id": ids[0]}
    assert set(erased["match"]) == {"id", "email_sha256"}


def test_an_erasure_says_until_when_a_disputed_sign_up_is_held(people: People, ada: str, door: Door, run: Run) -> None:
    """A7.6."""
    with at(2027, 1, 1):
        people.ask(ADA, slug="webshop")
        why = ("--reason", "says it was not her", "--actor", "Grace")
        assert run("signups", "hold", ADA, "--until", "2027-01-31", *why).exit_code == 0

        told = door("DELETE", ada, json=WHO).get_json()

    assert (told["signup_held_until"], told["silent_until"]) == ("2027-02-01T00:00:00+00:00", None)


def test_never_again_is_heeded(people: People, ada: str, door: Door, inbox: Inbox) -> None:
    sent = len(inbox.letters(ADA))

    for wrong in (0, 1, "no", "true", None, []):
        answer = door("DELETE", ada, json={**WHO, "never_again": wrong})
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["never_again"])
    erased = door("DELETE", ada, json={**WHO, "never_again": True})
    assert (erased.status_code, erased.get_json()["silent_until"] > "2028") == (200, True)
    people.ask(ADA)

    assert len(inbox.letters(ADA)) == sent


def test_the_locked_proof_is_read_by_its_own_scope_with_a_reason_alone(
    client: FlaskClient, ada: str, door: Door
) -> None:
    """A7.5."""
    kept_until = door("DELETE", ada, json=WHO).get_json()["proof_kept_until"]
    without = Door(client, *(scope for scope in Scope if scope is not Scope.EVIDENCE_LOCKED))
    asked = {"email": ADA.title(), **WHO, "reason": f"asked for it by phone as {ADA}"}

    assert without("POST", "/evidence/locked", json=asked).status_code == 403
    assert door("POST", "/evidence/locked", json={"email": ADA}).status_code == 422
    assert door("POST", "/evidence/locked", json={**asked, "email": "no address"}).status_code == 422
    [locked] = door("POST", "/evidence/locked", json=asked).get_json()["items"]

    assert locked["erased_at"] < locked["until"] == kept_until
    assert [act["act"] for act in locked["evidence"]][-2:] == ["erased", "erased"]
    assert locked["evidence"][0]["values"]["address"] == ADA
    assert [letter["matches"] for letter in locked["consents"][0]["letters"]] == [True]
    assert "Augusta" not in str(locked)
    noted = last_read()
    assert noted.rows == 1
    assert "asked for it by phone as ***" in unquote_plus(noted.what)
    assert WHO["actor"] in unquote_plus(noted.what)
    assert ADA not in unquote_plus(noted.what)


def test_the_journal_names_who_looked_for_a_locked_proof_however_much_they_say(door: Door) -> None:
    """A7.5: also of whoever found none."""
    reason, actor = "\N{GRINNING FACE}" * 200, "\N{LATIN SMALL LETTER AE}" * 200

    assert door("POST", "/evidence/locked", json={"email": ADA, "reason": reason, "actor": actor}).status_code == 200

    assert unquote_plus(last_read().what).endswith(f"?reason={reason}&actor={actor}")
    assert last_read().rows == 0


@pytest.mark.parametrize(
    "forged", ["UPDATE locked_proofs SET until = erased_at", "DELETE FROM evidence_values; DELETE FROM evidence"]
)
def test_a_locked_proof_whose_term_was_changed_or_that_is_gone_says_so(ada: str, door: Door, forged: str) -> None:
    """A7.5"""
    door("DELETE", ada, json=WHO)
    tamper(*forged.split("; "))

    [locked] = door("POST", "/evidence/locked", json={"email": ADA, **WHO}).get_json()["items"]

    assert locked["chain"]["whole"] is False


def test_a_key_for_one_newsletter_reads_of_a_locked_proof_what_is_about_that(
    client: FlaskClient, ada: str, door: Door
) -> None:
    door("DELETE", ada, json=WHO)
    partly = Door(client, Scope.EVIDENCE_LOCKED, newsletters=("webshop",))

    [locked] = partly("POST", "/evidence/locked", json={"email": ADA, **WHO}).get_json()["items"]

    assert {act["newsletter"] for act in locked["evidence"]} == {"webshop"}
    assert locked["withheld"] > 0


def test_to_a_key_a_locked_proof_of_nothing_that_it_reaches_does_not_exist(
    client: FlaskClient, people: People, door: Door
) -> None:
    """Not even that the person was one of ours: that is personal, too."""
    grace = {"email": "grace@example.org"}
    people.subscribe(grace["email"])
    [contact] = door("POST", "/contacts/search", json=grace).get_json()["items"]
    door("DELETE", f"/contacts/{contact['id']}", json=WHO)
    elsewhere = Door(client, Scope.EVIDENCE_LOCKED, newsletters=("webshop",))

    assert elsewhere("POST", "/evidence/locked", json={**grace, **WHO}).get_json()["items"] == []
    assert last_read().rows == 0


def test_everything_is_handed_over_as_json_and_as_a_sheet(
    ada: str, door: Door, contents: Callable[[], Contents]
) -> None:
    """A8.2, A8.7."""
    told = door("GET", f"{ada}/export").get_json()
    portable = door("GET", f"{ada}/export?format=portable").get_json()
    sheet = door("GET", f"{ada}/export?format=csv")

    assert told["person"]["address"] == portable["address"] == ADA
    assert {"purposes", "recipients", "retention", "rights", "origin"} <= told.keys()
    assert sheet.content_type.startswith("text/csv")
    assert sheet.headers["Cache-Control"] == "no-store"
    assert ADA in sheet.text
    assert door("GET", f"{ada}/export?format=xml").status_code == 422
    asked = [re.findall(r"/export\?format=(\w+)", row) for row in contents()["reads"] if "/export" in row]
    assert sorted(asked) == [["csv"], ["json"], ["portable"]]
