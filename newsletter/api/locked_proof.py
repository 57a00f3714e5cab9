"""The locked proof of somebody who was erased: read by its own scope alone, with a reason and a name (A7.5)."""

from flask import Response
from sqlalchemy.orm import Session

from newsletter import addresses, privacy, proof
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key, note_read
from newsletter.api.queries import LockedBody
from newsletter.api.shapes import ref
from newsletter.clock import iso
from newsletter.db import moment
from newsletter.privacy import LockedProof
from newsletter.proof import Proof

blueprint = Blueprint("Locked proof", "What is left of somebody who was erased, to meet claims.")


@blueprint.post("/evidence/locked", scope=Scope.EVIDENCE_LOCKED)
@blueprint.arguments(LockedBody)
@blueprint.response(200, ref("Locked"))
def show(body: dict[str, str]) -> Response:
    """The locked proofs of an address, one for each time that its person was erased. The journal names why and who.

    To a key, what is all about newsletters that it does not reach does not exist.
    """
    with moment() as session:
        kept = privacy.locked_proofs(session, addresses.parse(body["email"]).key)
        proofs = [(one, proven(session, one.subscriber_id)) for one in kept]
    found = [(one, proved) for one, proved in proofs if proved.records or not proved.withheld]
    note_read(len(found), reason=body["reason"], actor=body["actor"])
    return answers.of({"items": [{**term(one), **proof.told(proved)} for one, proved in found]})


def proven(session: Session, subscriber_id: str) -> Proof:
    """Of somebody who was erased: its chain has to end with that."""
    found = proof.prove(session, subscriber_id, key().reaches)
    return found.with_faults(privacy.locked_faults(session, [subscriber_id]))


def term(locked: LockedProof) -> dict[str, str]:
    return {"erased_at": iso(locked.erased_at), "until": iso(locked.until)}
