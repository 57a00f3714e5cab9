"""Forgetting on purpose, and what people may ask for."""

from newsletter.privacy.access import asked_for, everything_about, portable
from newsletter.privacy.batches import BATCH
from newsletter.privacy.belongings import OF_CONTACT, OF_PERSON
from newsletter.privacy.erasure import NOTHING, Erased, erase, erase_address
from newsletter.privacy.locked import LockedProof, locked_proofs
from newsletter.privacy.portability import portable_csv
from newsletter.privacy.restoration import redo
from newsletter.privacy.restriction import lift, restrict
from newsletter.privacy.retention import RULES

__all__ = [
    "BATCH",
    "NOTHING",
    "OF_CONTACT",
    "OF_PERSON",
    "RULES",
    "Erased",
    "LockedProof",
    "asked_for",
    "erase",
    "erase_address",
    "everything_about",
    "lift",
    "locked_proofs",
    "portable",
    "portable_csv",
    "redo",
    "restrict",
]
