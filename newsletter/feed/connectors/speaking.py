"""Requests to tools: guarded like the pushes of webhooks, but of any method, and with an answer that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from newsletter.errors import TargetForbidden
from newsletter.outgoing import BLOCK, FAILURES, FORBIDDEN, Client, deadline, reason

LARGEST = 32 * 1024 * 1024  # bytes of an answer


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a request carries. Nobody's address belongs into `query` where it can be helped: a URL ends in logs."""

    headers: Mapping[str, str]
    query: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes]] | None = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A tool's answer, or in a few words why there is none."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None


class Speaker(Client):
    """Connections to one tool."""

    def call(self, method: str, url: str, sent: Sent, seconds: float) -> Reply:
        """Ask, within so many seconds from the first look at the resolver to the last byte of the answer."""
        carried = {"json": sent.json, "data": sent.form, "files": sent.files, "params": sent.query}
        try:
            with deadline(seconds), self.ask(method, url, sent.headers, **carried) as response:
                return Reply(status=response.status_code, headers=response.headers, body=whole(response))
        except TargetForbidden as refusal:
            return Reply(status=None, error=f"{FORBIDDEN}: {refusal}")
        except FAILURES as error:
            return Reply(status=None, error=reason(error))


def whole(response: requests.Response) -> bytes:
    """Raises ValueError for an answer that is larger than anything that a tool has to say."""
    blocks: list[bytes] = []
    size = 0
    while block := response.raw.read1(BLOCK):
        size += len(block)
        if size > LARGEST:
            raise ValueError("answer too large")
        blocks.append(block)
    return b"".join(blocks)
