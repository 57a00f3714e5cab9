"""What happened to a newsletter's contacts, in order and without gaps."""

from typing import Any

from flask import Response

from newsletter import catalog, feed
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, note_read
from newsletter.api.description import CHANGES_HEADERS
from newsletter.api.queries import ChangesQuery
from newsletter.api.shapes import ref
from newsletter.changes import Cursor

blueprint = Blueprint("Changes", "What happened since.")


@blueprint.get("/newsletters/<slug>/changes", scope=Scope.FEED_READ, query=ChangesQuery)
@blueprint.response(200, ref("Changes"), headers=CHANGES_HEADERS)
@blueprint.unless_unchanged
def page(query: dict[str, Any], slug: str) -> Response:
    """Everything that happened after a cursor, oldest first.

    `next` is null when the page is not full: then ask again later, with the cursor of the last change dealt with.
    `Newsletter-Changes-After` names it, on an empty page too.
    """
    newsletter = catalog.current().newsletter(slug)
    cursor = Cursor.parse(query["after"]) if query.get("after") else Cursor()
    found = feed.changes_after(newsletter.slug, cursor, query["limit"])
    note_read(len(found.documents), after=query.get("after"))
    headers = {"Newsletter-Changes-After": found.last.told}
    return answers.page(found.documents, headers, "after", found.last.told if found.is_full else None)
