"""From what was declared to what runs."""

from collections.abc import Mapping

from newsletter import catalog
from newsletter.config import Settings
from newsletter.errors import ConnectorListless
from newsletter.feed.connectors.declared import Declared, declared
from newsletter.feed.connectors.drop import Drop
from newsletter.feed.connectors.kinds import KINDS
from newsletter.feed.connectors.pusher import Pusher
from newsletter.feed.connectors.runner import Round, Runner
from newsletter.feed.connectors.tool import Tool
from newsletter.outgoing import Client


def runners(settings: Settings) -> list[Runner]:
    """One for each connector, each with connections of its own."""
    known = declared(settings)
    return [
        Runner(name=one.name, kind=one.kind, newsletter=one.newsletter, round=round_of(one, known, settings))
        for one in known.values()
    ]


def round_of(one: Declared, known: Mapping[str, Declared], settings: Settings) -> Round:
    if one.drops_files:
        return Drop(one.name, one.newsletter, one.options)
    account = [other.name for other in known.values() if other.account == one.account]
    return Pusher(one.name, one.newsletter, tool_of(one, settings), account)


def tool_of(one: Declared, settings: Settings) -> Tool:
    """Raises ConnectorListless for one that drops files."""
    make = KINDS[one.kind].make
    if make is None:
        raise ConnectorListless
    return make(one.newsletter, one.options, Client(settings.private_targets, 1))


def check(one: Declared, settings: Settings) -> None:
    """Raises Misconfigured or Trouble, or NewsletterUnknown."""
    catalog.current().newsletter(one.newsletter)
    round_of(one, {one.name: one}, settings).check()
