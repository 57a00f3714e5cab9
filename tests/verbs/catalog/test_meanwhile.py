"""A catalogue that comes while something is under way is in force for all that follows (PRODUCT 4.1)."""

import pytest
from sqlalchemy import select

from newsletter import catalog, signups
from newsletter.consent import Visit
from newsletter.db import reader, transaction
from newsletter.outbox import LetterVersion
from newsletter.signups import Desk, Kind, Offer, Signup
from tests.people import People
from tests.verbs.catalog.editing import EXAMPLE, edited, nyhedsbrev, wording_ids

ADA = "ada@example.org"
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


def test_a_letter_that_was_begun_under_another_catalogue_does_not_hold_on_to_its_words(people: People) -> None:
    people.ask(ADA)
    with reader() as session:
        signup = session.scalars(select(Signup)).one()
    before = Offer.of(signup)
    catalog.apply(EXAMPLE.replace("https://www.example.org/en/privacy", "https://www.example.org/en/notice"))

    with transaction() as session:
        desk = Desk(session=session)
        desk.version(Kind.CONFIRMATION, before)
        version = session.get_one(LetterVersion, desk.version(Kind.CONFIRMATION, Offer.of(signup)))

    assert "/en/notice" in version.mime
