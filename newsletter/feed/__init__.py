"""The feed: what the marketing tool gets, as a list, as a stream, as changes, and as daily counts."""

from newsletter.feed.changes import Changes, changes_after
from newsletter.feed.clock_ahead import bring_forward
from newsletter.feed.connector_standing import Standing, standings
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.contacts import Contact, Contacts, Walk, contact, contacts, contacts_of, contacts_of_person
from newsletter.feed.copies import Copy, dead_copies, retry_copies
from newsletter.feed.export import Export, Form, export
from newsletter.feed.held_by_tools import held_by_tools
from newsletter.feed.lines import Lines
from newsletter.feed.selection import Selection
from newsletter.feed.sheet import Layout
from newsletter.feed.stats import LONGEST_SPAN, stats

__all__ = [
    "LONGEST_SPAN",
    "Changes",
    "ConnectorState",
    "Contact",
    "Contacts",
    "Copy",
    "Export",
    "Form",
    "Layout",
    "Lines",
    "Selection",
    "Standing",
    "Walk",
    "bring_forward",
    "changes_after",
    "contact",
    "contacts",
    "contacts_of",
    "contacts_of_person",
    "dead_copies",
    "export",
    "held_by_tools",
    "retry_copies",
    "standings",
    "stats",
]
