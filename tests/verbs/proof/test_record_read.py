"""The consent record as somebody else's software reads it: JSON-LD (E17)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from newsletter import catalog
from tests.conftest import EXAMPLE
from tests.people import People, later
from tests.verbs.proof.proving import ADA, record


def test_every_prefix_of_the_record_is_explained_in_its_context(people: People) -> None:
    people.subscribe(ADA)

    found = record()

    text = json.dumps(found["@graph"])
    assert {prefix for prefix in ("dct", "dpv", "eu-gdpr", "loc", "pd") if f'"{prefix}:' in text} <= set(
        found["@context"]
    )


def named(found: Any, under: str = "") -> Iterator[tuple[str, str]]:
    """Property and value of whatever looks like the name of something."""
    match found:
        case dict():
            yield from (pair for name, value in found.items() for pair in named(value, name))
        case list():
            yield from (pair for each in found for pair in named(each, under))
        case str() if re.match(r"(dct|dpv|eu-gdpr|loc|pd|https?):", found):
            yield under, found


def test_what_a_record_names_is_more_than_text_to_whoever_reads_json_ld(people: People) -> None:
    """E17: a law, a right, a place are names only where the context of their property says so."""
    people.subscribe(ADA, tracking=True)

    found = record()

    names = {under for under, _ in named(found["@graph"]) if not under.startswith("@")}
    assert len(names) > 5
    assert {name: found["@context"][name] for name in names} == dict.fromkeys(names, {"@type": "@id"})


def test_a_notice_that_changed_its_text_and_not_its_address_is_another_one(people: People) -> None:
    """A1.7, E17: to JSON-LD, nodes of one name are one, with all that is said of either."""
    people.subscribe(ADA, topic="events")
    catalog.apply(EXAMPLE.read_text().replace('version = "2026-11"', 'version = "2027-01"'))
    with later(minutes=11):
        people.subscribe(ADA, tracking=True)

    notices = [one["dpv:hasNotice"] for one in record()["@graph"]]

    assert [notice["dct:hasVersion"] for notice in notices] == ["2026-11", "2027-01"]
    assert [notice.get("@id") for notice in notices] == [None, None]


def test_whoever_agreed_to_be_followed_finds_their_behaviour_among_the_data(people: People) -> None:
    """A5.2, E17"""
    people.subscribe(ADA, tracking=True)

    [found] = record()["@graph"]

    data = {
        one["dct:identifier"]: [kind["@type"] for kind in one["dpv:hasPersonalData"]] for one in found["dpv:hasProcess"]
    }
    assert ("pd:Behavioural" in data["tracking"], "pd:Behavioural" in data["newsletter"]) == (True, False)


def test_where_data_is_stored_is_where_its_recipients_are(people: People) -> None:
    """E17: nobody outside the Union stores it within."""
    abroad = 'country = "US"\ntransfer = { da = "Klausuler", de = "Klauseln", en = "Clauses (46(2)(c))" }'
    hosted = EXAMPLE.read_text().replace('country = "DK"            # EXAMPLE', abroad)
    catalog.apply(hosted.replace('country = "DK"  # EXAMPLE', 'country = "NO"'))
    people.subscribe(ADA)

    [found] = record()["@graph"]

    stored = found["dpv:hasProcess"][0]["dpv:hasStorageCondition"]
    assert [one.get("dpv:hasLocation") for one in stored] == ["loc:DK", "loc:NO", "loc:US", None]


def test_how_long_it_is_kept_is_what_was_said_when_it_was_asked_for(people: People) -> None:
    """A2.9, E17: as the controller and the recipients are."""
    people.subscribe(ADA)
    before = record()

    catalog.apply(EXAMPLE.read_text().replace("proof_months = 24 ", "proof_months = 36 "))

    assert record() == before
