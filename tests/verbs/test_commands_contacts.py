"""`flask contacts`: what people ask for by phone, letter or mail, who did it and why as evidence (PRODUCT 5.3; A8)."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from newsletter import access, clock, consent, feed, privacy, subscriptions
from newsletter.db import reader
from newsletter.subscriptions import Subscriber
from tests.conftest import Contents
from tests.people import Inbox, People, later
from tests.receivers import Hooks, Receiver

ADA = "ada@example.org"
WHO = ("--reason", "asked for it by phone", "--actor", "Grace")
DOING = ("unsubscribe", "restrict", "lift", "erase")


@pytest.fixture
def contacts(service: Flask) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        return service.test_cli_runner().invoke(args=["contacts", *words])

    return run


@pytest.fixture
def ada(people: People) -> str:
    """Ada, who gets two newsletters; the first one's id."""
    people.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    people.subscribe(ADA, tracking=True, first_name="Augusta")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    return feed.contacts_of(ADA)[0].id


def documents() -> list[dict[str, Any]]:
    return [json.loads(contact.document) for contact in feed.contacts_of(ADA)]


def last_act() -> dict[str, Any]:
    with reader() as session:
        person = Subscriber.by_address(session, ADA)
        assert person is not None
        assert subscriptions.verify(session, person.id) == []
        return consent.proof(session, person.id)[-1]


def readings() -> list[str]:
    with reader() as session:
        return list(session.scalars(select(access.Read.what).order_by(access.Read.id)))


def test_every_write_says_why_and_by_whom_or_is_refused(
    ada: str, contacts: Callable[..., Result], contents: Callable[[], Contents]
) -> None:
    before = contents()

    for command in (*DOING, "show", "export", "rectify", "withdraw"):
        for half in ((), WHO[:2], WHO[2:], ("--reason", " ", *WHO[2:]), (*WHO[:2], "--actor", "")):
            assert contacts(command, ADA, *half).exit_code == 2

    assert contents() == before


def test_who_is_not_known_is_told_so_and_nothing_is_written(
    ada: str, contacts: Callable[..., Result], contents: Callable[[], Contents]
) -> None:
    before = contents()

    for command in (*DOING, "rectify", "export"):
        refused = contacts(command, "nobody@example.org", *WHO)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "Error:" in refused.stderr
    assert contacts("erase", "no address", *WHO).exit_code == 1

    assert contents() == before


def test_leaving_ends_everything_and_what_waits(ada: str, contacts: Callable[..., Result], people: People) -> None:
    """A6.2"""
    with later(minutes=30):
        people.ask(ADA, topic="events")

    done = contacts("unsubscribe", ADA, *WHO)

    assert done.exit_code == 0
    assert done.stdout.count("unsubscribed") == 2
    assert {document["status"] for document in documents()} == {"unsubscribed"}
    assert last_act()["facts"]["channel"] == "staff"
    assert last_act()["values"] == {"reason": "asked for it by phone", "actor": "Grace"}
    assert feed.contacts_of(ADA)


def test_leaving_one_newsletter_leaves_the_other(ada: str, contacts: Callable[..., Result]) -> None:
    assert contacts("unsubscribe", ADA, *WHO, "--newsletter", "webshop").exit_code == 0

    assert [document["status"] for document in documents()] == ["subscribed", "unsubscribed"]
    assert contacts("unsubscribe", ADA, *WHO, "--newsletter", "nothing").exit_code == 1


def test_leaving_twice_is_no_mistake(
    ada: str, contacts: Callable[..., Result], contents: Callable[[], Contents]
) -> None:
    contacts("unsubscribe", ADA, *WHO)
    before = contents()

    assert contacts("unsubscribe", ADA, *WHO).exit_code == 0

    assert contents() == before


def test_what_is_wrong_is_put_right(ada: str, contacts: Callable[..., Result]) -> None:
    wanted = ("--field", "first_name=Ada", "--language", "da", "--drop-topic", "trends", "--newsletter", "nyhedsbrev")

    done = contacts("rectify", ADA, *WHO, *wanted)

    assert done.exit_code == 0
    [first, second] = documents()
    assert (first["fields"], first["language"]) == ({"first_name": "Ada"}, "da")
    assert "trends" not in first["topics"]
    assert second["language"] == "en"
    assert last_act()["act"] == "rectified"


def test_what_cannot_be_is_refused_with_its_reason(ada: str, contacts: Callable[..., Result]) -> None:
    new = ("--email", "ada@new.example.org")
    for wanted in (
        ("--language", "fr"),
        ("--field", "phone=555"),
        ("--field", "first_name"),
        ("--drop-topic", "trendz"),
        ("--newsletter", "x"),
        (*new, "--language", "da"),
        (*new, "--newsletter", "webshop"),
        (),
    ):
        refused = contacts("rectify", ADA, *WHO, *wanted)
        assert refused.exit_code in (1, 2)
        assert refused.stdout == ""


def test_a_new_address_waits_for_its_owner(
    ada: str, contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """A8.4."""
    done = contacts("rectify", ADA, *WHO, "--email", "ada@new.example.org")

    assert done.exit_code == 0
    assert len(documents()) == 2
    people.press(inbox.link("ada@new.example.org"), "confirm")
    assert documents() == []
    assert len(feed.contacts_of("ada@new.example.org")) == 2


def test_a_consent_is_withdrawn_alone(ada: str, contacts: Callable[..., Result]) -> None:
    """A5.5."""
    done = contacts("withdraw", ADA, *WHO, "--purpose", "tracking")

    assert done.exit_code == 0
    assert [document["consents"]["tracking"]["state"] for document in documents()] == ["withdrawn", "denied"]
    assert [document["status"] for document in documents()] == ["subscribed", "subscribed"]


def test_a_restriction_is_set_and_lifted(
    ada: str, contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """A8.5: the person is told of the end of it once, by a letter with a way to leave."""
    assert contacts("restrict", ADA, *WHO).exit_code == 0
    assert [document["status"] for document in documents()] == ["restricted", "restricted"]

    for _ in range(2):
        assert contacts("lift", ADA, *WHO).exit_code == 0
    assert [document["status"] for document in documents()] == ["subscribed", "subscribed"]
    told = [subject for subject in inbox.subjects(ADA) if subject.startswith("Your data will be used again")]
    assert len(told) == 1
    assert 'id="unsubscribe"' in people.client.get(inbox.link(ADA, "manage")).text


def test_an_erasure_says_what_is_kept_and_until_when(
    ada: str, contacts: Callable[..., Result], service: Flask, contents: Callable[[], Contents]
) -> None:
    """A7.6."""
    contacts("rectify", ADA, *WHO, "--email", "countess@example.org")

    done = contacts("erase", ADA, *WHO)

    assert done.exit_code == 0
    assert "kept until 20" in done.stdout
    assert "can complain to Datatilsynet" in done.stdout
    assert feed.contacts_of(ADA) == []
    assert contents()["letter_hits"] == []
    runner = service.test_cli_runner()
    for refused in (
        *(contacts(command, ADA, *WHO) for command in ("erase", "show", "export", "unsubscribe")),
        *(runner.invoke(args=["evidence", command, ADA]) for command in ("show", "verify")),
    ):
        assert refused.exit_code == 1
        assert "Only the locked proof of the consent is kept, until 20" in refused.stderr
    assert service.test_cli_runner().invoke(args=["evidence", "verify", "--all"]).exit_code == 0


def test_the_locked_proof_is_read_with_a_reason_and_the_reading_is_journaled(
    ada: str, contacts: Callable[..., Result], service: Flask
) -> None:
    """A7.5."""
    contacts("erase", ADA, *WHO)
    runner = service.test_cli_runner()

    assert runner.invoke(args=["evidence", "locked", ADA]).exit_code == 2
    read = runner.invoke(args=["evidence", "locked", ADA, *WHO])

    assert read.exit_code == 0
    assert ADA in read.stdout
    assert "Augusta" not in read.stdout
    assert "192.0.2.77" not in read.stdout
    assert readings()[-1].endswith("by Grace: asked for it by phone")
    assert ADA not in readings()[-1]
    assert runner.invoke(args=["evidence", "locked", "nobody@example.org", *WHO]).exit_code == 1


def test_an_address_that_nobody_confirmed_is_shown_and_erased(
    contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    people.ask(ADA, first_name="Augusta")

    assert "Augusta" in contacts("show", ADA, *WHO).stdout
    exported = json.loads(contacts("export", ADA, *WHO).stdout)
    assert exported["signups"][0]["fields"] == {"first_name": "Augusta"}
    assert {"controller", "purposes", "recipients", "retention", "origin", "rights"} <= set(exported)
    assert contacts("export", ADA, *WHO, "--format", "csv").exit_code == 2
    assert "nothing is kept" in contacts("erase", ADA, *WHO).stdout
    assert contacts("show", ADA, *WHO).exit_code == 1


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


def test_who_has_confirmed_nothing_can_be_unsubscribed_by_phone_too(
    contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """PRODUCT 4.6."""
    people.ask(ADA)
    people.ask(ADA, slug="webshop")
    link = inbox.link(ADA)

    assert "1 signups that waited" in contacts("unsubscribe", ADA, *WHO, "--newsletter", "nyhedsbrev").stdout
    assert [one["newsletter"] for one in privacy.asked_for(ADA)] == ["webshop"]
    assert "1 signups that waited" in contacts("unsubscribe", ADA, *WHO).stdout

    assert privacy.asked_for(ADA) == []
    assert people.client.get(link).status_code == 404
    assert contacts("unsubscribe", ADA, *WHO).exit_code == 1


def test_showing_and_exporting_are_journaled_as_reads(ada: str, contacts: Callable[..., Result]) -> None:
    """D4.3: by whom and why, and never the address."""
    shown = contacts("show", ADA, *WHO)
    contacts("export", ADA, "--reason", f"{ADA} asked", "--actor", "Grace")

    assert [contact["newsletter"] for contact in json.loads(shown.stdout)["contacts"]] == ["nyhedsbrev", "webshop"]
    assert len(readings()) == 2
    assert "by Grace" in readings()[0]
    assert ADA not in "".join(readings())


def test_the_export_tells_everything_that_article_15_wants(ada: str, contacts: Callable[..., Result]) -> None:
    """A8.2."""
    told = json.loads(contacts("export", ADA, *WHO).stdout)

    assert told["person"]["address"] == ADA
    assert [contact["newsletter"] for contact in told["contacts"]] == ["nyhedsbrev", "webshop"]
    assert {(one["newsletter"], one["purpose"]) for one in told["purposes"]} >= {("nyhedsbrev", "tracking")}
    assert all(recipient["name"] for recipient in told["recipients"])
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
    assert list(told["last_used"]) == [ada]
    assert len(told["bounces"]) == 1


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


def test_what_can_be_taken_elsewhere_is_json_and_a_sheet(people: People, contacts: Callable[..., Result]) -> None:
    """A8.7."""
    people.subscribe(ADA, first_name="=1+1", tracking=True)

    told = json.loads(contacts("export", ADA, *WHO, "--format", "portable").stdout)
    sheet = contacts("export", ADA, *WHO, "--format", "csv").stdout

    assert set(told) == {"address", "contacts", "wordings", "evidence"}
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert {row["what"] for row in rows} == {"contact", "field", "topic", "consent", "wording", "evidence"}
    assert [row["value"] for row in rows if row["what"] == "field"] == ["'=1+1"]
    assert [row["value"] for row in rows if row["name"] == "email"] == [ADA]


def test_nothing_that_was_written_steers_a_terminal(people: People, contacts: Callable[..., Result]) -> None:
    people.subscribe(ADA)

    shown = contacts("show", ADA, "--reason", "\x1b[2J", "--actor", "Grace")

    assert "\x1b" not in shown.output


def test_evidence_is_whole_after_all_of_it(ada: str, contacts: Callable[..., Result], service: Flask) -> None:
    for command in (
        ("rectify", "--language", "de"),
        ("withdraw", "--purpose", "tracking"),
        ("restrict",),
        ("lift",),
        ("unsubscribe",),
        ("restrict",),
    ):
        assert contacts(command[0], ADA, *command[1:], *WHO).exit_code == 0

    assert service.test_cli_runner().invoke(args=["evidence", "verify", "--all"]).exit_code == 0
