"""Consent: purposes, and the evidence that they were granted or withdrawn."""

from newsletter.consent.anchor import Anchor, AnchorLeaf, AnchorNode
from newsletter.consent.evidence import Act, Chain, Evidence, EvidenceValue
from newsletter.consent.proof import Kept, Record, proof, records
from newsletter.consent.removal import RemovedChain, remove_chains, remove_values
from newsletter.consent.verification import Fault, has_evidence, verify
from newsletter.consent.visit import Visit

__all__ = [
    "Act",
    "Anchor",
    "AnchorLeaf",
    "AnchorNode",
    "Chain",
    "Evidence",
    "EvidenceValue",
    "Fault",
    "Kept",
    "Record",
    "RemovedChain",
    "Visit",
    "has_evidence",
    "proof",
    "records",
    "remove_chains",
    "remove_values",
    "verify",
]
