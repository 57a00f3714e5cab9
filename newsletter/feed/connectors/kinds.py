"""Which tools there are, and what has to be said of each in the file of connectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.feed.connectors.listmonk import Listmonk
from newsletter.feed.connectors.mailman import Mailman
from newsletter.feed.connectors.tool import Tool
from newsletter.outgoing import Client

TEXT, NUMBER, TEXTS, TABLE = "a text", "a number", "a list of texts", "a table of texts"
SWITCH = "true or false"
WHOLE = "a number, and a whole one"
SFTP = "like sftp://user@host/folder"


@dataclass(frozen=True, kw_only=True)
class ToolKind:
    """One tool: how it is made, and its options with their form. Files are dropped where it is not made."""

    make: Callable[[str, Mapping[str, Any], Client], Tool] | None = None
    required: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    needs_secret: bool = False


DROPPED = {"format": TEXT, "dialect": TEXT, "links": SWITCH, "every": NUMBER, "keep": WHOLE}
KINDS: Mapping[str, ToolKind] = {
    "listmonk": ToolKind(
        make=Listmonk,
        needs_secret=True,
        required={"url": TEXT, "user": TEXT, "list": WHOLE},
        optional={
            "tracking_list": WHOLE,
            "untracked_list": WHOLE,
            "key": TEXT,
            "name": TEXTS,
            "fields": TABLE,
            "rate": NUMBER,
            "batch": WHOLE,
        },
    ),
    "mailman": ToolKind(
        make=Mailman,
        needs_secret=True,
        required={"url": TEXT, "user": TEXT, "list": TEXT},
        optional={"name": TEXTS, "rate": NUMBER},
    ),
    "folder": ToolKind(required={"folder": TEXT}, optional=DROPPED),
    "sftp": ToolKind(required={"url": SFTP, "known_hosts": TEXT}, optional={**DROPPED, "key_file": TEXT}),
}
