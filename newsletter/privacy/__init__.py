"""Forgetting on purpose."""

from newsletter.privacy.retention import RULES

__all__ = ["RULES"]
