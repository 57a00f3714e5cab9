"""The list of a newsletter's contacts: page by page, and whole."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from newsletter import catalog, feed
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, note_read
from newsletter.api.description import LIST_HEADERS, STREAM_HEADERS
from newsletter.api.queries import LinesQuery, ListQuery, SheetQuery
from newsletter.api.shapes import TEXT, ref
from newsletter.errors import FieldsInvalid
from newsletter.feed import Export, Layout, Lines, Selection, Walk

BLOCK_TAKEN = 120  # seconds in which a block of a stream has to be taken
NDJSON = "application/x-ndjson"
LINE = {"anyOf": [ref("Contact"), ref("End")]}
PATH = "/newsletters/<slug>/contacts"
blueprint = Blueprint("Contacts", "The list that marketing may mail.")


@blueprint.get(PATH, scope=Scope.FEED_READ, query=ListQuery)
@blueprint.response(200, ref("Contacts"), headers=LIST_HEADERS)
@blueprint.unless_unchanged
def page(query: dict[str, Any], slug: str) -> Response:
    """The list, page by page.

    Every page of one walk names the position from which `changes` continues it.
    """
    selection = selected(slug, query)
    found = feed.contacts(selection, Walk.parse(query["cursor"]) if query.get("cursor") else None, query["limit"])
    note_read(len(found.documents), **filters(query), cursor=query.get("cursor"))
    return answers.page(found.documents, headers(found.walk), "cursor", str(found.next) if found.next else None)


@blueprint.get(f"{PATH}.ndjson", scope=Scope.FEED_READ, query=LinesQuery)
@blueprint.response(200, LINE, content_type=NDJSON, headers=STREAM_HEADERS)
def lines(query: dict[str, Any], slug: str) -> Response:
    """The whole list as a stream of JSON lines, from one snapshot."""
    return streamed(feed.export(selected(slug, query), Lines(end="end" in query)), query, NDJSON)


@blueprint.get(f"{PATH}.csv", scope=Scope.FEED_READ, query=SheetQuery)
@blueprint.response(200, TEXT, content_type=answers.CSV, headers=STREAM_HEADERS)
def sheet(query: dict[str, Any], slug: str) -> Response:
    """The whole list as CSV (RFC 4180), from one snapshot.

    Columns are only ever appended. A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    fields = [field.name for field in catalog.current().newsletter(slug).fields]
    layout = Layout(fields=fields, links="links" not in query, excel="dialect" in query)
    answer = streamed(feed.export(selected(slug, query), layout), query, answers.WHOLE_CSV)
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return answer


def selected(slug: str, query: dict[str, Any]) -> Selection:
    """Raises NewsletterUnknown, or FieldsInvalid for a topic or a purpose that the newsletter never had."""
    newsletter = catalog.current().newsletter(slug)
    known = {
        "topic": [topic.id for topic in newsletter.topics],
        "consent": [purpose.id for purpose in newsletter.purposes],
    }
    wrong = [name for name, ids in known.items() if name in query and query[name] not in ids]
    if wrong:
        raise FieldsInvalid({name: [f"Must be one of: {', '.join(known[name])}."] for name in wrong})
    return Selection(newsletter=slug, **filters(query))


def filters(query: dict[str, Any]) -> dict[str, Any]:
    return {name: query[name] for name in ("status", "topic", "consent", "changed_since") if name in query}


def streamed(export: Export, query: dict[str, Any], media_type: str) -> Response:
    """Journaled before the first byte: who reads half of it has read it."""
    give_time(request.environ)
    answer = Response(export.blocks, content_type=media_type)
    note_read(export.count, **filters(query))
    answer.headers.extend(headers(export))
    return answer


def give_time(environ: Mapping[str, Any]) -> None:
    """To whoever reads a list of any length; all other answers have to be taken at once (`callers.py`)."""
    if connection := environ.get("gunicorn.socket"):
        connection.settimeout(BLOCK_TAKEN)


def headers(found: Walk | Export) -> dict[str, str]:
    return {"Newsletter-Count": str(found.count), "Newsletter-Changes-After": found.began.told}
