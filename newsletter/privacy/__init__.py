"""Forgetting on purpose, and what people may ask for."""

from newsletter.privacy.batches import BATCH
from newsletter.privacy.belongings import OF_CONTACT, OF_PERSON
from newsletter.privacy.erasure import Erased, erase, erase_address
from newsletter.privacy.locked import LockedProof
from newsletter.privacy.restoration import redo
from newsletter.privacy.restriction import lift, restrict
from newsletter.privacy.retention import RULES

__all__ = [
    "BATCH",
    "OF_CONTACT",
    "OF_PERSON",
    "RULES",
    "Erased",
    "LockedProof",
    "erase",
    "erase_address",
    "lift",
    "redo",
    "restrict",
]
