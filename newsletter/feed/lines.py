"""JSON lines of the contacts, for programs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import SQLColumnExpression

from newsletter.feed.export import Blocks
from newsletter.subscriptions import Subscription

LINKS = ("links", "headers")
"""They let whoever has them end a subscription."""


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The documents, with their links or without; `end` where a last line says that the stream is whole."""

    links: bool = True
    end: bool = False

    @property
    def wanted(self) -> SQLColumnExpression[str]:
        return Subscription.contact

    def blocks(self, stored: Iterable[bytes], count: int) -> Blocks:
        for block in stored:
            yield block if self.links else without_links(block)
        if self.end:
            yield json.dumps({"end": True, "count": count}).encode() + b"\n"


def without_links(block: bytes) -> bytes:
    """The documents of a block are read as one array: none holds a line break of its own."""
    contacts = json.loads(b"[" + b",".join(block.splitlines()) + b"]")
    return b"".join(map(line, contacts))


def line(contact: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in contact.items() if name not in LINKS}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
