"""The machine-readable consent record: what ISO/IEC TS 27560 and its profile for the GDPR want to see (E17)."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select

from newsletter import catalog, privacy, proof, signups, subscriptions
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel, Subscription
from tests.people import People, later
from tests.verbs.proof.proving import ADA, record

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
INSTANT: Schema = {"type": "string", "format": "date-time", "pattern": r"\+00:00$"}


def node(kind: Schema, required: Schema, **more: Any) -> Schema:
    """A node of that type with at least these properties."""
    return {"type": "object", "properties": {"@type": kind, **required}, "required": ["@type", *required], **more}


def term(*names: str) -> Schema:
    return {"enum": list(names)}


CONTROLLER = node(
    term("dpv:DataController"),
    {"dct:identifier": TEXT, "dpv:hasName": TEXT, "dpv:hasAddress": TEXT, "dpv:hasContact": TEXT},
)
RECIPIENT = node(term("dpv:Recipient"), {"dpv:hasName": TEXT, "dpv:hasLocation": TEXT})
PROCESS = node(
    term("dpv:Process"),
    {
        "dpv:hasPurpose": node({"type": "string", "pattern": "^dpv:"}, {"dct:title": TEXT}),
        "dpv:hasLegalBasis": term("eu-gdpr:A6-1-a"),
        "dpv:hasPersonalData": {
            "type": "array",
            "minItems": 1,
            "items": node(
                {"type": "string", "pattern": "^pd:"}, {"dpv:hasNecessity": term("dpv:Required", "dpv:Optional")}
            ),
        },
        "dpv:hasStorageCondition": {
            "type": "array",
            "allOf": [
                {"contains": node(term("dpv:StorageLocation"), {"dpv:hasLocation": TEXT})},
                {
                    "contains": node(
                        term("dpv:StorageDuration"), {"dpv:hasDuration": {"type": "string", "pattern": r"^P\d+M$"}}
                    )
                },
            ],
        },
        "dpv:hasRecipient": {"type": "array", "items": RECIPIENT, "minItems": 1},
        "dpv:hasConsentControl": node(term("dpv:WithdrawConsent"), {"dct:description": TEXT}),
    },
)
EVENT = node(
    term(*(f"dpv:Consent{state}" for state in ("Requested", "Given", "Refused", "Withdrawn", "Expired"))),
    {
        "dct:date": INSTANT,
        "dct:valid": TEXT,
        "dct:identifier": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "dpv:hasLegalBasis": term("dpv:ExpressedConsent"),
        "dpv:hasPurpose": {"type": "array", "items": TEXT, "minItems": 1},
        "dpv:hasIndicationMethod": TEXT,
        "dpv:isIndicatedBy": term("dpv:DataSubject", "dpv:DataController"),
    },
)
RECORD = node(
    term("dpv:ConsentRecord"),
    {
        "@id": {"type": "string", "pattern": "^urn:"},
        "dct:conformsTo": {"const": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"},
        "dct:identifier": TEXT,
        "dct:created": INSTANT,
        "dct:publisher": TEXT,
        "dpv:hasDataSubject": node({"type": "string", "pattern": "^dpv:"}, {"dct:identifier": TEXT}),
        "dpv:hasDataController": CONTROLLER,
        "dpv:hasJurisdiction": TEXT,
        "dpv:hasApplicableLaw": term("eu-gdpr:GDPR"),
        "dpv:hasNotice": node(
            term("dpv:PrivacyNotice"), {"dct:isVersionOf": TEXT, "dct:hasVersion": TEXT, "dct:language": TEXT}
        ),
        "dpv:hasProcess": {"type": "array", "items": PROCESS, "minItems": 1},
        "dpv:hasRight": {"type": "array", "items": {"type": "string", "pattern": "^eu-gdpr:A"}, "minItems": 7},
        "dpv:hasAuthority": node(term("dpv:Authority"), {"dpv:hasName": TEXT}),
        "dpv:hasConsentStatus": {"type": "array", "items": EVENT, "minItems": 1},
    },
)
SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"@context": {"type": "object"}, "@graph": {"type": "array", "items": RECORD, "minItems": 1}},
    "required": ["@context", "@graph"],
}


@pytest.mark.parametrize("language", ["da", "de", "en"])
def test_the_record_has_every_mandatory_field(people: People, language: str) -> None:
    """E17"""
    people.subscribe(ADA, language=language, tracking=True)

    found = record()

    Draft202012Validator.check_schema(SCHEMA)
    faults = Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(found)
    assert [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in faults] == []


def test_the_events_tell_what_was_asked_given_refused_and_withdrawn(people: People) -> None:
    """E17"""
    people.subscribe(ADA)
    people.leave(ADA)

    [consent] = record()["@graph"]

    assert [(event["@type"], event["dpv:hasPurpose"]) for event in consent["dpv:hasConsentStatus"]] == [
        ("dpv:ConsentRequested", ["newsletter"]),
        ("dpv:ConsentGiven", ["newsletter"]),
        ("dpv:ConsentRefused", ["tracking"]),
        ("dpv:ConsentWithdrawn", ["newsletter"]),
    ]


def test_what_was_agreed_to_later_is_given_then_and_withdrawn_by_leaving(people: People) -> None:
    """E17"""
    people.subscribe(ADA)
    wording = people.wordings()["tracking"]
    contact_id = record()["@graph"][0]["dct:identifier"].partition("-")[0]
    subscriptions.grant(contact_id, {"tracking": wording}, Cause(Channel.ME))
    people.leave(ADA)

    [consent] = record()["@graph"]

    assert [(event["@type"], event["dpv:hasPurpose"]) for event in consent["dpv:hasConsentStatus"]][3:] == [
        ("dpv:ConsentGiven", ["tracking"]),
        ("dpv:ConsentWithdrawn", ["newsletter", "tracking"]),
    ]
    [tracking] = [process for process in consent["dpv:hasProcess"] if process["dct:identifier"] == "tracking"]
    assert tracking["dct:description"] == catalog.recorded([wording])[wording].text


def test_what_was_added_by_another_request_refuses_nothing_and_ends_with_the_first_consent(people: People) -> None:
    """E17, PRODUCT 4.7: an unticked box on a repeated form is no refusal, and of who has left no record stands."""
    people.subscribe(ADA, tracking=True, topic=["events"])
    with later(minutes=11):
        people.subscribe(ADA, topic=["trends"])
        subscriptions.withdraw(contact_id(), ["tracking"], Cause(Channel.MANAGE))
        signups.leave(contact_id(), Cause(Channel.ONE_CLICK))

    told = [consent["dpv:hasConsentStatus"] for consent in record()["@graph"]]

    assert [
        [(event["@type"].removeprefix("dpv:Consent"), *event["dpv:hasPurpose"]) for event in one] for one in told
    ] == [
        [
            ("Requested", "newsletter", "tracking"),
            ("Given", "newsletter", "tracking"),
            ("Withdrawn", "tracking"),
            ("Withdrawn", "newsletter"),
        ],
        [("Requested", "newsletter"), ("Given", "newsletter"), ("Withdrawn", "tracking"), ("Withdrawn", "newsletter")],
    ]


def test_what_was_withdrawn_before_it_was_asked_for_again_is_not_withdrawn_of_the_later_request(people: People) -> None:
    """E17"""
    people.subscribe(ADA, tracking=True)
    subscriptions.withdraw(contact_id(), ["tracking"], Cause(Channel.MANAGE))
    with later(minutes=11):
        people.subscribe(ADA, tracking=True)
        subscriptions.withdraw(contact_id(), ["tracking"], Cause(Channel.MANAGE))
        subscriptions.grant(contact_id(), {"tracking": people.wordings()["tracking"]}, Cause(Channel.ME))

    assert states() == [["Requested", "Given", "Withdrawn"], ["Requested", "Given", "Withdrawn", "Given"]]


def test_who_leaves_one_newsletter_withdraws_nothing_of_another(people: People) -> None:
    """E17"""
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    signups.leave(contact_id("webshop"), Cause(Channel.STAFF))

    assert [one[-1] for one in states()] == ["Refused", "Withdrawn"]


@pytest.mark.parametrize(
    ("channel", "state", "by"),
    [(Channel.STAFF, "Withdrawn", "DataSubject"), (Channel.RETENTION, "Expired", "DataController")],
)
def test_a_consent_that_nobody_used_has_expired_and_was_not_withdrawn(
    people: People, channel: Channel, state: str, by: str
) -> None:
    """E17, A2.14: by whom each state came is one of the mandatory fields."""
    people.subscribe(ADA)
    signups.leave(contact_id(), Cause(channel))

    [consent] = record()["@graph"]

    last = consent["dpv:hasConsentStatus"][-1]
    assert (last["@type"], last["dpv:isIndicatedBy"]) == (f"dpv:Consent{state}", f"dpv:{by}")


def test_no_consent_stands_after_an_erasure_and_none_is_withdrawn_twice(people: People) -> None:
    """E17, A7.6: the locked proof tells that it has ended."""
    people.subscribe(ADA)
    people.subscribe(ADA, slug="webshop")
    erased, left = contact_id(), contact_id("webshop")
    signups.leave(left, Cause(Channel.STAFF))
    with reader() as session:
        person = session.get_one(Subscription, erased).subscriber_id
    privacy.erase(erased, Cause(Channel.STAFF))

    with reader() as session:
        consents = json.loads(proof.PRINTERS[proof.JSON_LD](proof.prove(session, person)))["@graph"]

    states = [[event["@type"] for event in consent["dpv:hasConsentStatus"]] for consent in consents]
    assert [found.count("dpv:ConsentWithdrawn") for found in states] == [1, 1]


def states() -> list[list[str]]:
    return [
        [event["@type"].removeprefix("dpv:Consent") for event in consent["dpv:hasConsentStatus"]]
        for consent in record()["@graph"]
    ]


def contact_id(slug: str = "nyhedsbrev") -> str:
    with reader() as session:
        return session.scalars(select(Subscription.id).where(Subscription.newsletter == slug)).one()
