"""Consent: purposes, and the evidence that they were granted or withdrawn."""

from newsletter.consent.anchor import Anchor, AnchorLeaf, AnchorNode
from newsletter.consent.anchoring import Anchoring, newest_anchor
from newsletter.consent.audit import Audit, anchor_faults, audit, leaf_faults, written_anchors
from newsletter.consent.evidence import Act, Chain, Evidence, EvidenceValue
from newsletter.consent.inclusion import Inclusion, inclusion
from newsletter.consent.proof import Kept, Record, proof, records
from newsletter.consent.removal import IS_LAST, RemovedChain, remove_chains, remove_values
from newsletter.consent.texts import wordings_named
from newsletter.consent.verification import Fault, verify_all
from newsletter.consent.visit import Visit

__all__ = [
    "IS_LAST",
    "Act",
    "Anchor",
    "AnchorLeaf",
    "AnchorNode",
    "Anchoring",
    "Audit",
    "Chain",
    "Evidence",
    "EvidenceValue",
    "Fault",
    "Inclusion",
    "Kept",
    "Record",
    "RemovedChain",
    "Visit",
    "anchor_faults",
    "audit",
    "inclusion",
    "leaf_faults",
    "newest_anchor",
    "proof",
    "records",
    "remove_chains",
    "remove_values",
    "verify_all",
    "wordings_named",
    "written_anchors",
]
