"""Forgetting on purpose."""

from newsletter.privacy.batches import BATCH
from newsletter.privacy.retention import RULES

__all__ = ["BATCH", "RULES"]
