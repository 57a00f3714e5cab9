"""Connectors: they keep a tool's list equal to ours."""

from newsletter.feed.connectors.declared import Declared, declared
from newsletter.feed.connectors.forgetting import forget
from newsletter.feed.connectors.making import check, runners, tool_of
from newsletter.feed.connectors.planning import planned
from newsletter.feed.connectors.runner import Runner
from newsletter.feed.connectors.threads import run_once, running
from newsletter.feed.connectors.tool import ToolError

__all__ = [
    "Declared",
    "Runner",
    "ToolError",
    "check",
    "declared",
    "forget",
    "planned",
    "run_once",
    "runners",
    "running",
    "tool_of",
]
