"""The proof of a person's consents, in the format that the client asks for (A2.6, E17)."""

from flask import Response

from newsletter import bodies, proof
from newsletter.access import Scope
from newsletter.api.blueprint import Blueprint, key, note_read
from newsletter.api.contact import reached
from newsletter.api.shapes import ref
from newsletter.db import moment
from newsletter.errors import ContactUnknown
from newsletter.feed import Contact
from newsletter.proof import Proof
from newsletter.subscriptions import Subscription

blueprint = Blueprint("Evidence", "What a person agreed to, and the proof of it.")
PAPERS = {name: {"schema": {"type": "string"}} for name in (proof.HTML, proof.PDF)}
RECORDS = {proof.JSON_LD: {"schema": {"type": "object"}}}


@blueprint.get("/contacts/<contact_id>/evidence", scope=Scope.EVIDENCE_READ)
@blueprint.doc(responses={200: {"content": {**PAPERS, **RECORDS}}})
@blueprint.response(200, ref("Evidence"))
def show(contact_id: str) -> Response:
    """The proof of a person's consents: each from its request to its end, and every act, chained by hash.

    `Accept` chooses the format: JSON, a page, a PDF, or consent records after ISO/IEC TS 27560 as JSON-LD.
    """
    found = proven(reached(contact_id))
    note_read(len(found.records))
    media_type = bodies.accepted().best_match(proof.PRINTERS, proof.JSON) or proof.JSON
    return printed(found, media_type)


def proven(contact: Contact) -> Proof:
    """Raises ContactUnknown for somebody erased meanwhile: their proof is locked, and has a scope of its own (A7.5)."""
    with moment() as session:
        if session.get(Subscription, contact.id) is None:
            raise ContactUnknown
        return proof.prove(session, contact.subscriber_id, key().reaches, contact.id)


def printed(found: Proof, media_type: str) -> Response:
    """The page holds what people typed, so it may load and run nothing (PRODUCT 4.12)."""
    answer = Response(proof.PRINTERS[media_type](found), mimetype=media_type)
    answer.vary.add("Accept")
    if media_type == proof.HTML:
        answer.headers["Content-Security-Policy"] = proof.POLICY
    return answer
