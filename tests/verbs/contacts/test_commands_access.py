"""`flask contacts show` and `export`: everything that is kept (A8)."""

import csv
import io
import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from newsletter import access, catalog, clock, feed, privacy
from newsletter.subscriptions import Cause, Channel
from tests.conftest import EXAMPLE, Contents, Run
from tests.people import Inbox, People, later
from tests.receivers import Hooks, Receiver
from tests.verbs.contacts.looking import ADA, WHO
from tests.verbs.reports.reporting import Tool, item

GRACE, EVE = "grace@example.org", "eve@example.org"


def test_of_others_nothing_is_told_whatever_is_kept_of_them(
    ada: str, contacts: Callable[..., Result], people: People, inbox: Inbox, service: Flask, run: Run
) -> None:
    def told() -> dict[str, object]:
        return {**json.loads(contacts("export", ADA, *WHO).stdout), "told_at": None}

    before = told()

    people.subscribe(GRACE)
    people.fresh_link(GRACE)
    contacts("rectify", GRACE, *WHO, "--email", "grace@new.example.com")
    people.ask(GRACE, slug="webshop")
    inbox.work()
    Tool(service).report(item("soft_bounce", GRACE))
    people.subscribe(EVE)
    contacts("erase", EVE, *WHO)
    for act in ("add", "lift", "add"):
        run("suppressions", act, EVE, *WHO)

    assert told() == before


def test_the_export_tells_everything_that_article_15_wants(ada: str, contacts: Callable[..., Result]) -> None:
    """A8.2."""
    told = json.loads(contacts("export", ADA, *WHO).stdout)

    assert told["person"]["address"] == ADA
    assert [contact["newsletter"] for contact in told["contacts"]] == ["nyhedsbrev", "webshop"]
    assert {(one["newsletter"], one["purpose"]) for one in told["purposes"]} >= {("nyhedsbrev", "tracking")}
    assert [one["name"] for one in told["recipients"]] == ["Markomi", "Example Mail Relay", "Example Hosting"]
    assert len(told["rights"]) == 7
    assert {"what", "how_long", "basis", "then"} <= told["retention"][0].keys()
    assert told["origin"][0]["newsletter"] == "nyhedsbrev"
    assert told["controller"]["complaints"]
    assert told["suppressed"] is None
    assert [change["kind"] for change in told["told_to_the_tool"]] == ["confirmed", "confirmed"]
    text = json.dumps(told)
    for kept in ("192.0.2.77", "Augusta", "250 2.0.0 Taken"):
        assert kept in text
    assert any("Konica Minolta" in wording for wording in told["wordings"].values())


def test_everything_that_the_database_holds_of_the_person_is_told(
    ada: str, contacts: Callable[..., Result], people: People, contents: Callable[[], Contents]
) -> None:
    people.fresh_link(ADA)
    with later(minutes=30):
        people.ask(ADA, topic="events", first_name="Countess")
        contacts("rectify", ADA, *WHO, "--email", "countess@example.org")
        for kind in ("used", "soft_bounce"):
            report(people, kind)
        told = json.loads(contacts("export", ADA, *WHO).stdout)

    assert told["signups"][0]["fields"] == {"first_name": "Countess"}
    assert told["letters"][0]["address"] == ADA
    assert len(told["letters_counted"]) == len(contents()["letter_hits"])
    assert (told["address_change"]["address"], told["address_change"]["channel"]) == ("countess@example.org", "staff")
    assert told["address_change"]["note"]["actor"] == "Grace"
    assert list(told["last_used"]) == [ada]
    assert set(told["fresh_link"]) == {"issued_at", "expires_at"}
    assert len(told["bounces"]) == 1


def test_the_words_that_were_shown_are_told_in_full_also_where_they_were_not_agreed_to(
    people: People, contacts: Callable[..., Result]
) -> None:
    """A8.2: what was ticked and left out again, the words of an earlier catalogue, and those of who waits."""
    shown = people.wordings()
    people.ask(ADA, tracking=True)
    people.confirm(ADA, drop="tracking")
    catalog.apply(EXAMPLE.read_text().replace("I can withdraw", "I may withdraw"))
    with later(minutes=11):
        people.ask(ADA, tracking=True, slug="webshop")
        people.ask("grace@example.org")
        waiting = people.wordings("webshop")

        told = [json.loads(contacts("export", ADA, *WHO, *form).stdout) for form in ((), ("--format", "portable"))]
        unconfirmed = json.loads(contacts("export", "grace@example.org", *WHO).stdout)

    assert {*shown.values(), *waiting.values()} <= told[0]["wordings"].keys()
    assert set(shown.values()) <= told[1]["wordings"].keys()
    assert set(unconfirmed["signups"][0]["wordings"].values()) <= unconfirmed["wordings"].keys()
    for export in (*told, unconfirmed):
        assert list(export["wordings"]) == sorted(export["wordings"])  # whatever order a database finds them in


def test_on_what_ground_a_recipient_abroad_is_handed_data_is_told(
    ada: str, contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """Article 15(2) GDPR, A8.2: in the export, and on the person's own page."""
    ground = "Standard clauses (46(2)(c))"
    abroad = f'country = "US"\ntransfer = {{ da = "Standardkontrakt", de = "Klauseln", en = "{ground}" }}\n'
    catalog.apply(EXAMPLE.read_text().replace('country = "DK"  # EXAMPLE\n', abroad, 1))

    told = json.loads(contacts("export", ADA, *WHO).stdout)["recipients"]
    people.client.post("/manage", data={"email": ADA})

    assert [recipient["transfer"] for recipient in told] == [ground, None, None]
    assert ground in people.client.get(inbox.link(ADA, "me")).text


def test_whose_address_somebody_else_wanted_to_move_to_is_told_of_it(ada: str, contacts: Callable[..., Result]) -> None:
    """A8.2: nobody has confirmed it, and its owner may ask all the same."""
    contacts("rectify", ADA, *WHO, "--email", "countess@example.org")

    told = json.loads(contacts("export", "countess@example.org", *WHO).stdout)

    assert [wish["address"] for wish in told["address_changes"]] == ["countess@example.org"]
    assert {"controller", "recipients", "retention", "rights"} <= told.keys()


def report(people: People, kind: str) -> None:
    """The tool tells something of Ada."""
    key = access.create("tool", [access.Scope.REPORTS_WRITE], [], None)
    item = {"newsletter": "nyhedsbrev", "email": ADA, "kind": kind, "at": clock.iso(clock.now())}
    headers = {"Authorization": f"Bearer {key}"}
    answer = people.client.post("/api/v1/reports", json={"items": [item]}, headers=headers)
    assert answer.get_json()["items"][0]["result"] == "done", answer.text


def test_who_was_erased_and_came_back_is_told_of_the_locked_proof(
    ada: str, contacts: Callable[..., Result], people: People
) -> None:
    """A8.2: it leads to the same address, so it is theirs; what stands in it, only a claim opens (A7.5)."""
    contacts("erase", ADA, *WHO)
    people.subscribe(ADA)

    [locked] = json.loads(contacts("export", ADA, *WHO).stdout)["locked_proofs"]

    assert set(locked) == {"erased_at", "until"}


def test_the_person_is_told_who_was_told_and_when_that_arrived(
    ada: str, contacts: Callable[..., Result], hooks: Hooks, receiver: Receiver
) -> None:
    """Article 19 GDPR, A8.6."""
    webhook = hooks.add(receiver)
    contacts("restrict", ADA, *WHO)
    hooks.push()

    told = json.loads(contacts("export", ADA, *WHO).stdout)["told_to_the_tool"]

    [restricted] = [each for each in told if (each["kind"], each["newsletter"]) == ("restricted", "nyhedsbrev")]
    assert [each["webhook"] for each in restricted["acknowledged"]] == [webhook["id"]]
    assert restricted["acknowledged"][0]["at"] >= restricted["at"]
    assert told[0]["acknowledged"] == []


def test_an_address_that_its_person_has_given_up_is_not_said_to_be_nowhere(
    contacts: Callable[..., Result], people: People
) -> None:
    """A7.6: the proof goes on naming it."""
    people.subscribe(ADA)
    contacts("rectify", ADA, "--email", "countess@example.net", *WHO)
    people.confirm("countess@example.net")
    where = "another address now, which the proof names beside it: c***@e***.net, contact "

    for asked in ("show", "export", "restrict"):
        told = contacts(asked, ADA, *WHO)
        assert (told.exit_code, where in told.stderr) == (1, True)
    people.ask(ADA)
    erased = contacts("erase", ADA, *WHO).stdout
    assert where in erased
    assert "nothing is kept" not in erased


def test_what_can_be_taken_elsewhere_is_json_and_a_sheet(people: People, contacts: Callable[..., Result]) -> None:
    """A8.7."""
    people.subscribe(ADA, first_name="=1+1", tracking=True, topic="events")
    people.ask(ADA, slug="webshop", first_name="Countess")
    report(people, "soft_bounce")
    contacts("rectify", ADA, *WHO, "--email", "countess@example.net")

    told = json.loads(contacts("export", ADA, *WHO, "--format", "portable").stdout)
    sheet = contacts("export", ADA, *WHO, "--format", "csv").stdout

    observed = {"last_used", "bounces"}
    assert set(told) == {"address", "contacts", "wordings", "evidence", "signups", "address_change", *observed}
    rows = list(csv.DictReader(io.StringIO(sheet)))
    given = {"contact", "field", "topic", "consent", "wording", "evidence", "signup", "signup field", "signup wording"}
    assert {row["what"] for row in rows} == {*given, "address_change", "observed"}
    asked = {row["name"]: row["value"] for row in rows if row["name"].startswith("signed_up ")}
    assert (asked["signed_up topics"], asked["signed_up language"]) == ('["events"]', "en")
    assert [row["value"] for row in rows if row["what"] == "signup field"] == ["Countess"]
    assert [row["value"] for row in rows if row["what"] == "address_change"] == ["countess@example.net", ""]
    assert [row["value"] for row in rows if row["what"] == "field"] == ["'=1+1"]
    assert [row["value"] for row in rows if row["name"] == "email"] == [ADA]


def test_nothing_that_was_written_steers_a_terminal(people: People, contacts: Callable[..., Result]) -> None:
    """What staff said before was not always asked to be seen."""
    people.subscribe(ADA)
    [contact] = feed.contacts_of(ADA)
    privacy.restrict(contact.id, Cause(Channel.STAFF, note={"reason": "\x1b[2Jphoned", "actor": "Grace"}))

    exported = contacts("export", ADA, *WHO).output

    assert "phoned" in exported
    assert "\x1b" not in exported


def test_evidence_is_whole_after_all_of_it(ada: str, contacts: Callable[..., Result], service: Flask) -> None:
    said = ["rectify --language de", "withdraw --purpose tracking", "restrict", "lift", "unsubscribe", "restrict"]
    for command, *options in map(str.split, said):
        assert contacts(command, ADA, *options, *WHO).exit_code == 0

    assert service.test_cli_runner().invoke(args=["evidence", "verify", "--all"]).exit_code == 0


def test_an_address_that_is_not_to_be_written_to_is_told_so(
    contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """A8.2, A7.9: the keyed hash is all that is kept of it."""
    people.ask(ADA)
    people.press(inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    told = json.loads(contacts("export", ADA, *WHO).stdout)

    assert told["suppressed"]["until"] > told["suppressed"]["since"]
    assert (told["signups"], told["locked_proofs"]) == ([], [])
    assert {"controller", "recipients", "retention", "rights"} <= set(told)
