"""Consent: purposes, and the evidence that they were granted or withdrawn."""

from newsletter.consent.evidence import Act, Chain, Evidence, EvidenceValue
from newsletter.consent.proof import proof
from newsletter.consent.verification import Fault, verify
from newsletter.consent.visit import Visit

__all__ = ["Act", "Chain", "Evidence", "EvidenceValue", "Fault", "Visit", "proof", "verify"]
