"""Which newsletters exist, in whose name, in which words."""

from newsletter.catalog.check import parse
from newsletter.catalog.choice import StalePage, chosen, recorded, stale_pages, worded, wording
from newsletter.catalog.colours import on_dark
from newsletter.catalog.controller import Controller, Recipient
from newsletter.catalog.definition import etag, form_definition
from newsletter.catalog.document import (
    NEWSLETTER,
    Catalog,
    Field,
    Newsletter,
    Redirects,
    Sender,
    Topic,
    Wording,
    wording_id,
)
from newsletter.catalog.history import as_applied, kept
from newsletter.catalog.origins import origin_of
from newsletter.catalog.retention import ROWS
from newsletter.catalog.retention_table import cells, table
from newsletter.catalog.rows import WordingRow
from newsletter.catalog.store import Applied, apply, current, init_app, never_asked, slugs, term, version
from newsletter.catalog.term import Term, Unit
from newsletter.catalog.texts import in_language
from newsletter.catalog.unasked_purposes import Unasked

__all__ = [
    "NEWSLETTER",
    "ROWS",
    "Applied",
    "Catalog",
    "Controller",
    "Field",
    "Newsletter",
    "Recipient",
    "Redirects",
    "Sender",
    "StalePage",
    "Term",
    "Topic",
    "Unasked",
    "Unit",
    "Wording",
    "WordingRow",
    "apply",
    "as_applied",
    "cells",
    "chosen",
    "current",
    "etag",
    "form_definition",
    "in_language",
    "init_app",
    "kept",
    "never_asked",
    "on_dark",
    "origin_of",
    "parse",
    "recorded",
    "slugs",
    "stale_pages",
    "table",
    "term",
    "version",
    "worded",
    "wording",
    "wording_id",
]
