"""Forgetting on purpose, and what people may ask for."""

from newsletter.privacy import requests
from newsletter.privacy.access import (
    asked_for,
    authority,
    everything_about,
    everything_asked,
    kept_beside,
    moved_from,
    portable,
)
from newsletter.privacy.batches import BATCH
from newsletter.privacy.belongings import OF_CONTACT, OF_PERSON
from newsletter.privacy.disuse import Disuse, count_unused, end_unused, half_of, reports_use, unused
from newsletter.privacy.erasure import NOTHING, Erased, erase, erase_address
from newsletter.privacy.locked_proof import LockedProof, locked_faults, locked_proofs
from newsletter.privacy.portability import portable_csv
from newsletter.privacy.requests import Request, RequestChannel, RequestKind
from newsletter.privacy.restoration import redo
from newsletter.privacy.restriction import lift, restrict
from newsletter.privacy.retention import RULES

__all__ = [
    "BATCH",
    "NOTHING",
    "OF_CONTACT",
    "OF_PERSON",
    "RULES",
    "Disuse",
    "Erased",
    "LockedProof",
    "Request",
    "RequestChannel",
    "RequestKind",
    "asked_for",
    "authority",
    "count_unused",
    "end_unused",
    "erase",
    "erase_address",
    "everything_about",
    "everything_asked",
    "half_of",
    "kept_beside",
    "lift",
    "locked_faults",
    "locked_proofs",
    "moved_from",
    "portable",
    "portable_csv",
    "redo",
    "reports_use",
    "requests",
    "restrict",
    "unused",
]
