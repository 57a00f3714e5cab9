"""The locked proof of somebody who was erased: read by its own scope alone, with a reason and a name (A7.5)."""

from collections.abc import Sequence
from typing import Any

from flask import Response

from newsletter import addresses, consent, privacy
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key, needs, note_read
from newsletter.api.queries import LockedBody
from newsletter.api.shapes import ref
from newsletter.clock import iso
from newsletter.db import moment
from newsletter.privacy import LockedProof

blueprint = Blueprint("Locked proof", "What is left of somebody who was erased, to meet claims.")


@blueprint.route("/evidence/locked", methods=["POST"])
@needs(Scope.EVIDENCE_LOCKED)
@blueprint.no_query
@blueprint.arguments(LockedBody)
@blueprint.response(200, ref("Locked"))
def show(body: dict[str, str]) -> Response:
    """The locked proofs of an address, one for each time that its person was erased. The journal names why and who."""
    with moment() as session:
        found = privacy.locked_proofs(session, addresses.parse(body["email"]).key)
        items = [told(proof, consent.proof(session, proof.subscriber_id)) for proof in found]
    note_read(len(items), reason=body["reason"], actor=body["actor"])
    return answers.told({"items": items})


def told(proof: LockedProof, acts: Sequence[dict[str, Any]]) -> dict[str, object]:
    shown = [act for act in acts if key().reaches(act["newsletter"])]
    term = {"erased_at": iso(proof.erased_at), "until": iso(proof.until)}
    return {**term, "evidence": shown, "withheld": len(acts) - len(shown)}
