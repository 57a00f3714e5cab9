"""How sign-ups went, day by day."""

from datetime import date

from flask import Response

from newsletter import catalog, feed
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint
from newsletter.api.queries import StatsQuery
from newsletter.api.shapes import ref
from newsletter.errors import FieldsInvalid

blueprint = Blueprint("Stats", "Daily counts, of nobody in particular.")


@blueprint.get("/newsletters/<slug>/stats", scope=Scope.FEED_READ, query=StatsQuery)
@blueprint.response(200, ref("Stats"))
@blueprint.unless_unchanged
def days(query: dict[str, date], slug: str) -> Response:
    """Signed up, letter accepted, confirmed, expired and "not me", per day (UTC), language and source page.

    Both days are included; at most 366 at once. Days on which nothing happened are left out.
    """
    newsletter = catalog.current().newsletter(slug)
    first, last = query["first"], query["last"]
    check_span(first, last)
    return answers.conditional(answers.of({"items": feed.stats(newsletter.slug, first, last), "next": None}))


def check_span(first: date, last: date) -> None:
    if first > last:
        raise FieldsInvalid({"from": ["Must not be after `to`."]})
    if (last - first).days >= feed.LONGEST_SPAN:
        raise FieldsInvalid({"from": [f"Must be less than {feed.LONGEST_SPAN} days before `to`."]})
