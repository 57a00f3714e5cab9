"""`flask contacts`: what people ask for by phone, letter or mail, who did it and why as evidence (PRODUCT 5.3; A8)."""

import json
from collections.abc import Callable

from click.testing import Result
from flask import Flask

from newsletter import feed, privacy
from tests.conftest import Contents
from tests.kept import last_act
from tests.people import Inbox, People, later
from tests.verbs.contacts.looking import ADA, WHO, documents, readings

DOING = ("unsubscribe", "restrict", "lift", "erase")


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
        ("--field", "first_name=Ada", "--field", "first_name=Augusta"),
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


def test_whoever_is_restricted_again_is_not_told_that_it_is_over(
    ada: str, contacts: Callable[..., Result], inbox: Inbox
) -> None:
    before = inbox.subjects(ADA)
    for act in ("restrict", "lift", "restrict"):
        contacts(act, ADA, *WHO)

    assert inbox.subjects(ADA) == before


def test_an_erasure_says_what_is_kept_and_until_when(
    ada: str, contacts: Callable[..., Result], service: Flask, contents: Callable[[], Contents]
) -> None:
    """A7.6."""
    contacts("rectify", ADA, *WHO, "--email", "countess@example.org")

    done = contacts("erase", ADA, *WHO)

    assert done.exit_code == 0
    assert "kept until 20" in done.stdout
    assert "can go to court, or complain to Datatilsynet" in done.stdout
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


def test_an_erasure_tells_of_the_keyed_hashes_that_stay(
    ada: str, contacts: Callable[..., Result], service: Flask
) -> None:
    """A7.6, A7.8."""
    assert "; a keyed hash says until 20" in contacts("erase", ADA, *WHO, "--never-again").stdout
    assert "; a keyed hash says until 20" in contacts("erase", ADA, *WHO).stdout
    assert service.test_cli_runner().invoke(args=["suppressions", "lift", ADA]).exit_code == 0
    assert "; a keyed hash says that it may be written to again." in contacts("erase", ADA, *WHO).stdout


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


def test_who_has_confirmed_nothing_can_be_unsubscribed_by_phone_too(
    contacts: Callable[..., Result], people: People, inbox: Inbox
) -> None:
    """PRODUCT 4.6."""
    people.ask(ADA)
    people.ask(ADA, slug="webshop")
    link = inbox.link(ADA)

    assert "Signups that waited, deleted: 1" in contacts("unsubscribe", ADA, *WHO, "--newsletter", "nyhedsbrev").stdout
    assert [one["newsletter"] for one in privacy.asked_for(ADA)] == ["webshop"]
    assert "Signups that waited, deleted: 1" in contacts("unsubscribe", ADA, *WHO).stdout

    assert privacy.asked_for(ADA) == []
    assert people.client.get(link).status_code == 404
    assert contacts("unsubscribe", ADA, *WHO).exit_code == 1
