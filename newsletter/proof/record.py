"""Each consent as a machine-readable record: ISO/IEC TS 27560 in the words of the Data Privacy Vocabulary (E17).

JSON-LD by the W3C community group's guide `consent-27560`, profile for the GDPR. One record for each request.
"""

from collections.abc import Iterator
from typing import Any

from newsletter import catalog, clock
from newsletter.catalog import Controller, Recipient
from newsletter.proof.bundle import Bundle
from newsletter.proof.events import events
from newsletter.proof.person import Proof
from newsletter.subscriptions import TRACKING

Node = dict[str, Any]
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
CONCEPTS = (
    "dct:conformsTo",
    "dct:isVersionOf",
    "dpv:hasApplicableLaw",
    "dpv:hasDataSource",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasLocation",
    "dpv:hasNecessity",
    "dpv:hasRight",
    "dpv:isIndicatedBy",
)
"""Whose values name something. To whoever reads JSON-LD they are mere text unless the context says so."""
INSTANTS = ("dct:created", "dct:date")
CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@type": "@id"} for name in CONCEPTS},
    **{name: {"@type": "xsd:dateTime"} for name in INSTANTS},
}
RIGHTS = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A21", "A77")
PURPOSES = {catalog.NEWSLETTER: "dpv:DirectMarketing", TRACKING: "dpv:PersonalisedAdvertising"}


def record(proof: Proof) -> Node:
    """All records of one person."""
    return {"@context": CONTEXT, "@graph": [node for bundle in proof.bundles for node in of_bundle(proof, bundle)]}


def of_bundle(proof: Proof, bundle: Bundle) -> Iterator[Node]:
    """None for acts that no request precedes: they are no consent."""
    asked = bundle.signed_up
    if asked is None:
        return
    controller = bundle.as_of.controller if bundle.as_of else proof.controller
    authority = catalog.in_language(controller.authorities, bundle.language)
    number = f"{bundle.contact_id}-{asked.seq}"
    yield {
        "@id": f"urn:newsletter:consent:{number}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": SCHEMA,
        "dct:identifier": number,
        "dct:created": clock.iso(asked.at),
        "dct:publisher": controller.name,
        "dpv:hasDataSubject": {"@type": "dpv:Subscriber", "dct:identifier": proof.subscriber_id},
        "dpv:hasDataController": company(controller),
        "dpv:hasJurisdiction": "loc:EU",
        "dpv:hasApplicableLaw": "eu-gdpr:GDPR",
        "dpv:hasNotice": notice(bundle),
        "dpv:hasProcess": [process(bundle, purpose, controller) for purpose in offered(bundle)],
        "dpv:hasRight": [f"eu-gdpr:{article}" for article in RIGHTS],
        "dpv:hasAuthority": {"@type": "dpv:Authority", "dpv:hasName": authority},
        "dpv:hasConsentStatus": list(events(bundle, since(proof, bundle))),
    }


def since(proof: Proof, bundle: Bundle) -> list[Bundle]:
    """What the same contact asked for later, in its order: whatever ended then has ended of this record, too."""
    mine = [other for other in proof.bundles if other.contact_id == bundle.contact_id]
    return mine[mine.index(bundle) + 1 :]


def company(controller: Controller) -> Node:
    return {
        "@type": "dpv:DataController",
        "dct:identifier": controller.registration or controller.name,
        "dpv:hasName": controller.name,
        "dpv:hasAddress": controller.address,
        "dpv:hasContact": controller.data_protection or controller.email,
    }


def notice(bundle: Bundle) -> Node:
    """One version of what stands at an address: were the address its name, two records would share all versions."""
    return {
        "@type": "dpv:PrivacyNotice",
        "dct:isVersionOf": bundle.privacy_url,
        "dct:hasVersion": bundle.claimed.get("privacy_version"),
        "dct:language": bundle.language,
    }


def offered(bundle: Bundle) -> list[str]:
    """Also what the catalogue came to offer later, where it was agreed to."""
    return sorted({*bundle.claimed.get("offered", []), *bundle.ticked, *bundle.agreed})


def process(bundle: Bundle, purpose: str, controller: Controller) -> Node:
    """What one purpose is about: the words agreed to, the data, for how long, who gets it, how it is withdrawn."""
    wording = bundle.agreed.get(purpose) or bundle.ticked.get(purpose)
    return {
        "@type": "dpv:Process",
        "dct:identifier": purpose,
        "dpv:hasPurpose": {"@type": PURPOSES.get(purpose, "dpv:Purpose"), "dct:title": purpose},
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dct:description": bundle.text(wording) if wording else None,
        "dpv:hasPersonalData": list(personal_data(bundle, purpose)),
        "dpv:hasDataSource": "dpv:DataSubject",
        "dpv:hasStorageCondition": storage(bundle, controller),
        "dpv:hasRecipient": [recipient(bundle, one) for one in controller.recipients],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dct:description": WITHDRAWAL},
    }


WITHDRAWAL = "By the link in every newsletter, by the person's own page, or by writing to the controller; at any time."


def personal_data(bundle: Bundle, purpose: str) -> Iterator[Node]:
    yield {"@type": "pd:EmailAddress", "dpv:hasNecessity": "dpv:Required"}
    yield {"@type": "pd:IPAddress", "dpv:hasNecessity": "dpv:Required"}
    if bundle.signed_up and bundle.signed_up.value("fields").text:
        yield {"@type": "pd:Name", "dpv:hasNecessity": "dpv:Optional"}
    if purpose == TRACKING:
        yield {"@type": "pd:Behavioural", "dpv:hasNecessity": "dpv:Required"}


def storage(bundle: Bundle, controller: Controller) -> list[Node]:
    """Where those are who store it, and for how long."""
    months = (bundle.as_of or catalog.current()).term("proof", bundle.newsletter).number
    countries = sorted({one.country for one in controller.recipients})
    return [
        *({"@type": "dpv:StorageLocation", "dpv:hasLocation": f"loc:{country}"} for country in countries),
        {"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{months}M", "dct:description": "after withdrawal"},
    ]


def recipient(bundle: Bundle, known: Recipient) -> Node:
    return {
        "@type": "dpv:Recipient",
        "dpv:hasName": known.name,
        "dct:description": known.tasks.get(bundle.language, ""),
        "dpv:hasLocation": f"loc:{known.country}",
    }
