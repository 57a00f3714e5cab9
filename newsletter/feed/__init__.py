"""The feed: what the marketing tool gets, as a list, as a stream, as changes, and as daily counts."""

from newsletter.feed.changes import Changes, changes_after
from newsletter.feed.contacts import Contact, Contacts, Walk, contact, contacts, contacts_of, contacts_of_person
from newsletter.feed.export import Export, Format, export, lines, lines_with_end
from newsletter.feed.selection import Selection
from newsletter.feed.sheet import Layout, columns
from newsletter.feed.stats import LONGEST_SPAN, stats

__all__ = [
    "LONGEST_SPAN",
    "Changes",
    "Contact",
    "Contacts",
    "Export",
    "Format",
    "Layout",
    "Selection",
    "Walk",
    "changes_after",
    "columns",
    "contact",
    "contacts",
    "contacts_of",
    "contacts_of_person",
    "export",
    "lines",
    "lines_with_end",
    "stats",
]
