"""Proof of one person's consents: put together from the evidence, printed for people, courts and machines."""

from newsletter.proof.html import POLICY
from newsletter.proof.json_document import told
from newsletter.proof.person import Proof, prove
from newsletter.proof.printing import HTML, JSON, JSON_LD, PDF, PRINTERS
from newsletter.proof.sections import Pen
from newsletter.proof.words import reason

__all__ = ["HTML", "JSON", "JSON_LD", "PDF", "POLICY", "PRINTERS", "Pen", "Proof", "prove", "reason", "told"]
