"""Consent on record: the evidence of each act, chained by hash, verified, and anchored once a day."""

from newsletter.consent.anchor import Anchor, AnchorLeaf, AnchorNode
from newsletter.consent.anchoring import Anchoring, newest_anchor
from newsletter.consent.audit import Audit, anchor_faults, audit, leaf_faults
from newsletter.consent.dating import Anchors
from newsletter.consent.elsewhere import Elsewhere, unlike_the_journal, written_anchors
from newsletter.consent.evidence import ENDS, Act, Chain, Evidence, EvidenceValue, time_of_recent
from newsletter.consent.inclusion import Inclusion, inclusion
from newsletter.consent.proof import Kept, Record, proof, records
from newsletter.consent.removal import CLAIMED, IS_LAST, TAKEN, RemovedChain, remove_chains, remove_values
from newsletter.consent.texts import as_table, wordings_named
from newsletter.consent.told_removals import ToldRemovals
from newsletter.consent.verification import Fault, verify_all
from newsletter.consent.visit import Visit
from newsletter.consent.written import Chains, Written

__all__ = [
    "CLAIMED",
    "ENDS",
    "IS_LAST",
    "TAKEN",
    "Act",
    "Anchor",
    "AnchorLeaf",
    "AnchorNode",
    "Anchoring",
    "Anchors",
    "Audit",
    "Chain",
    "Chains",
    "Elsewhere",
    "Evidence",
    "EvidenceValue",
    "Fault",
    "Inclusion",
    "Kept",
    "Record",
    "RemovedChain",
    "ToldRemovals",
    "Visit",
    "Written",
    "anchor_faults",
    "as_table",
    "audit",
    "inclusion",
    "leaf_faults",
    "newest_anchor",
    "proof",
    "records",
    "remove_chains",
    "remove_values",
    "time_of_recent",
    "unlike_the_journal",
    "verify_all",
    "wordings_named",
    "written_anchors",
]
