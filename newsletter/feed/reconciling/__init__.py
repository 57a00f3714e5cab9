"""Reconciliation: whether a tool holds exactly the people who may be mailed (A6.6, E8)."""

from newsletter.feed.reconciling.comparing import Difference
from newsletter.feed.reconciling.repairing import Counts, reconcile, reconcile_file, repair

__all__ = ["Counts", "Difference", "reconcile", "reconcile_file", "repair"]
