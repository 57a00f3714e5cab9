"""A catalogue that comes while something is under way is in force for all that follows (PRODUCT 4.1)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter import catalog, signups
from newsletter.catalog import store
from newsletter.consent import Visit
from newsletter.db import reader, transaction
from newsletter.outbox import LetterVersion
from newsletter.signups import Desk, LetterKind, Offer, Signup
from tests.people import Inbox, People, later, text_of
from tests.servers import Relay
from tests.tampering import tamper
from tests.verbs.catalog.editing import EXAMPLE, edited, nyhedsbrev, wording_ids

ADA = "ada@example.org"
FAIRS = EXAMPLE[EXAMPLE.index("[newsletters.webshop]") :].replace("newsletters.webshop", "newsletters.fairs")
pytestmark = pytest.mark.usefixtures("app")


def test_a_post_that_began_under_another_catalogue_does_not_hold_on_to_its_fields_and_topics() -> None:
    catalog.apply(EXAMPLE)
    before = nyhedsbrev()
    catalog.apply(edited('id = "surveys"', 'id = "polls"').replace('name = "last_name"', 'name = "company"', 1))
    asked = {"email": ADA, "consents": [wording_ids()["newsletter"]]}

    signups.parse(before, {**asked, "topics": ["surveys"]}, language="en", source=None, visit=Visit(ip=None))
    news = {"topics": ["polls"], "company": "Analytical Engines"}
    parsed = signups.parse(nyhedsbrev(), {**asked, **news}, language="en", source=None, visit=Visit(ip=None))

    assert (parsed.topics, parsed.fields) == (["polls"], {"company": "Analytical Engines"})


@pytest.mark.parametrize(
    ("text", "asked", "named"),
    [
        (EXAMPLE + FAIRS, {"slug": "fairs"}, "News from the web shop"),
        (edited('id = "surveys"', 'id = "polls"'), {"topic": "polls"}, "Satisfaction surveys"),
    ],
)
def test_a_worker_that_has_not_heard_of_a_catalogue_yet_invites_to_what_is_new_in_it(
    make_app: Callable[..., Flask], people: People, relay: Relay, text: str, asked: dict[str, str], named: str
) -> None:
    """PRODUCT 4.2: once the caller has its answer, nothing loses the signup or its mail."""
    worker = make_app()
    with worker.app_context():
        catalog.current()
    catalog.apply(text)
    people.ask(ADA, **asked)  # type: ignore[arg-type]

    with worker.app_context():
        [letter] = Inbox(worker, relay).letters(ADA)

    assert named in text_of(letter)


def test_a_catalogue_of_a_newer_release_is_told_of_once_and_not_as_often_as_it_is_looked_at(
    people: People, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that was rolled back goes on for long, and a line every two seconds and process fills a disk."""
    monkeypatch.setattr(store, "RECHECK", 0.0)
    catalog.current()
    tamper(
        "INSERT INTO catalogs (applied_at, sha256, document) SELECT applied_at, sha256, "
        "replace(document, '[controller]', '[controller]\nnewer = true') FROM catalogs"
    )
    for _ in range(3):
        assert "nyhedsbrev" in catalog.current().newsletters

    assert caplog.text.count("catalogue not understood") == 1


def test_a_worker_of_an_older_release_leaves_alone_what_only_a_newer_one_knows(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    """PRODUCT 4.2: once the caller has its answer, nothing loses the signup or its mail."""
    older = make_app()
    with older.app_context():
        catalog.current()
    catalog.apply(EXAMPLE + FAIRS)
    people.ask(ADA, slug="fairs")
    tamper("UPDATE catalogs SET document = replace(document, '[controller]', '[controller]\nnewer = true')")

    with older.app_context():
        assert Inbox(older, relay).letters(ADA) == []

    with later(hours=2):
        assert people.inbox.subjects(ADA) == ["Please confirm: News from the web shop"]


def test_a_letter_that_was_begun_under_another_catalogue_does_not_hold_on_to_its_words(people: People) -> None:
    people.ask(ADA)
    with reader() as session:
        signup = session.scalars(select(Signup)).one()
    before = Offer.of(signup)
    catalog.apply(EXAMPLE.replace("https://www.example.org/en/privacy", "https://www.example.org/en/notice"))

    with transaction() as session:
        desk = Desk(session=session)
        desk.version(LetterKind.CONFIRMATION, before)
        version = session.get_one(LetterVersion, desk.version(LetterKind.CONFIRMATION, Offer.of(signup)))

    assert "/en/notice" in version.mime
