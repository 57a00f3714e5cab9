"""The person's own page, by a fresh link: everything that is kept, and what can be done about it (PRODUCT 4.6, A8)."""

from flask import Blueprint, Response

from newsletter import selfservice
from newsletter.pages import contact
from newsletter.rendering import page
from newsletter.selfservice import Person

blueprint = Blueprint("me", __name__, url_prefix="/me/<token>")


@blueprint.get("")
def show(token: str) -> Response:
    """Everything, without another press or a cookie. Looking changes nothing."""
    return shown(token, selfservice.by_link(token))


def shown(token: str, person: Person) -> Response:
    return page(
        "me.html",
        language=contact.language_of(person.newest),
        newsletter=contact.newsletter_of(person.newest),
        person=person,
        token=token,
    )
