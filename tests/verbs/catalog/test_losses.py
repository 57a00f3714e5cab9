"""What has subscriptions or evidence cannot vanish from the catalogue, and can be closed (PRODUCT 4.1)."""

import re
from collections.abc import Mapping

import pytest

from newsletter import catalog, clock, ids, privacy, signups
from newsletter.db import transaction
from newsletter.errors import CatalogRefused
from newsletter.signups import Signup
from newsletter.subscriptions import Cause, Channel, Subscriber, Subscription, Wishes, rectify
from tests.people import Inbox, People, Tool, later, text_of
from tests.verbs.catalog.editing import EXAMPLE, TRACKING, edited, nyhedsbrev, retired_ids, wording_ids

SURVEYS = 'id = "surveys"'
pytestmark = pytest.mark.usefixtures("app")


def subscribe(topics: list[str], granted: Mapping[str, str], newsletter: str = "nyhedsbrev") -> None:
    at = clock.now()
    asked = Signup(
        newsletter=newsletter, language="da", fields={}, topics=topics, offered=list(granted), signed_up_at=at
    )
    with transaction() as session:
        ada = Subscriber(id=ids.new(), address="ada@example.org", address_key="ada@example.org", created_at=at)
        session.add(ada)
        session.flush()
        session.add(Subscription.begin(ada, asked, granted, at))


def without(begin: str, end: str) -> str:
    """The example without what lies between the two marks, the first included."""
    start = EXAMPLE.index(begin)
    return EXAMPLE[:start] + EXAMPLE[EXAMPLE.index(end, start + len(begin)) :]


WITHOUT_SURVEYS = without(f"[[newsletters.nyhedsbrev.topics]]\n{SURVEYS}", "# What people may tell")
WITHOUT_TRACKING = without(f"[[newsletters.nyhedsbrev.purposes]]\n{TRACKING}", "# ---- The web shop")
WITHOUT_WEBSHOP = EXAMPLE[: EXAMPLE.index("# ---- The web shop")]


@pytest.mark.parametrize("document", [WITHOUT_SURVEYS, WITHOUT_TRACKING, WITHOUT_WEBSHOP])
def test_what_nobody_has_subscribed_to_may_vanish(document: str) -> None:
    first = catalog.apply(EXAMPLE)

    assert catalog.apply(document).version > first.version


@pytest.mark.parametrize(
    ("document", "part"),
    [(WITHOUT_SURVEYS, "topic surveys of nyhedsbrev"), (WITHOUT_TRACKING, "purpose tracking of nyhedsbrev")],
)
def test_a_topic_or_purpose_in_use_cannot_vanish(document: str, part: str) -> None:
    catalog.apply(EXAMPLE)
    subscribe(["surveys"], wording_ids("da"))

    with pytest.raises(CatalogRefused) as refused:
        catalog.apply(document)

    assert refused.value.sentences == [f"{part} is in use, so it has to stay: keep it with retired = true."]
    assert nyhedsbrev().topic_ids[-1] == "surveys"


def test_what_evidence_alone_still_names_cannot_vanish_either(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org", topic=["products", "surveys"], tracking=True)
    ada = tool.contact("ada@example.org")["id"]

    rectify(ada, Wishes(topics=["products"]), Cause(Channel.API))
    with pytest.raises(CatalogRefused):
        catalog.apply(WITHOUT_SURVEYS)

    privacy.erase(ada, Cause(Channel.API))
    for document in (WITHOUT_SURVEYS, WITHOUT_TRACKING):
        with pytest.raises(CatalogRefused):
            catalog.apply(document)


def test_what_a_signup_asks_for_cannot_vanish_before_it_is_over(people: People) -> None:
    """Its link confirms exactly what it said, and so would subscribe to what nobody knows any more."""
    people.ask("ada@example.org", topic="surveys")
    people.ask("ada@example.org", slug="webshop")

    for document in (WITHOUT_SURVEYS, WITHOUT_TRACKING, WITHOUT_WEBSHOP):
        with pytest.raises(CatalogRefused):
            catalog.apply(document)

    with later(days=7, seconds=1):
        signups.expire(privacy.BATCH)
        assert [catalog.apply(document) for document in (WITHOUT_SURVEYS, WITHOUT_TRACKING, WITHOUT_WEBSHOP)]


def test_a_newsletter_in_use_cannot_vanish_and_is_named_once() -> None:
    catalog.apply(EXAMPLE)
    subscribe([], {}, newsletter="webshop")

    with pytest.raises(CatalogRefused) as refused:
        catalog.apply(WITHOUT_WEBSHOP)

    assert refused.value.sentences == ["newsletter webshop is in use, so it has to stay: keep it with retired = true."]


def test_a_topic_is_not_taken_for_another_of_similar_name() -> None:
    catalog.apply(edited(SURVEYS, 'id = "s_rveys"'))
    subscribe(["surveys", "s_rveys_2"], {})

    catalog.apply(WITHOUT_SURVEYS)

    assert "s_rveys" not in nyhedsbrev().topic_ids


def test_what_is_in_use_can_be_closed_with_retired() -> None:
    catalog.apply(EXAMPLE)
    subscribe(["surveys"], wording_ids("da"))
    tracking = wording_ids("da")["tracking"]
    closed = edited(SURVEYS, f"{SURVEYS}\nretired = true").replace(TRACKING, f"{TRACKING}\nretired = true", 1)

    catalog.apply(closed)

    assert "surveys" not in nyhedsbrev().topic_ids
    assert list(wording_ids("da")) == ["newsletter"]
    assert tracking in retired_ids()


def test_a_purpose_that_is_retired_is_offered_to_nobody_and_denied_by_nobody(people: People, tool: Tool) -> None:
    """PRODUCT 4.7"""
    catalog.apply(edited(TRACKING, f"{TRACKING}\nretired = true"))

    people.subscribe("ada@example.org")

    assert tool.contact("ada@example.org")["consents"]["tracking"]["state"] == "unknown"


def test_a_letter_is_in_one_language_though_its_form_was_in_one_that_is_gone(people: People, inbox: Inbox) -> None:
    people.ask("ada@example.org", language="de")
    german = re.compile(r', de = "[^"]*"|\nde = """.*?"""|\nde = "[^"]*"', re.DOTALL)
    catalog.apply(german.sub("", EXAMPLE).replace('"da", "de", "en"', '"da", "en"'))

    text = text_of(inbox.letters("ada@example.org")[-1])

    assert "Linket gælder indtil den" in text
    assert "Uhr" not in text


def test_a_retired_newsletter_has_no_wording_in_force() -> None:
    catalog.apply(EXAMPLE)

    applied = catalog.apply(edited("[newsletters.webshop]", "[newsletters.webshop]\nretired = true"))

    assert applied.retired == 6
    assert catalog.current().newsletter("webshop").retired
