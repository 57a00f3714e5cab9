"""JSON lines of the contacts, for programs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
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
    return b"".join(map(shortened, block.splitlines()))


def shortened(document: bytes) -> bytes:
    contact = orjson.loads(document)
    return orjson.dumps({name: value for name, value in contact.items() if name not in LINKS}) + b"\n"
