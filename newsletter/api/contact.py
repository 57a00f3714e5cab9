"""One contact: found, shown, unsubscribed."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from newsletter import addresses, catalog, feed, signups
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key, note_read
from newsletter.api.queries import LeavingBody, SearchBody
from newsletter.api.shapes import ref
from newsletter.consent import Visit
from newsletter.errors import ContactUnknown
from newsletter.feed import Contact
from newsletter.subscriptions import Cause, Channel, Completion, Subscription

blueprint = Blueprint("Contact", "One person in one newsletter.")


@blueprint.get("/contacts/<contact_id>", scope=Scope.CONTACTS_READ)
@blueprint.response(200, ref("Contact"))
def show(contact_id: str) -> Response:
    """One contact as it stands."""
    found = reached(contact_id)
    note_read(1)
    return answers.document(found.document)


@blueprint.post("/contacts/search", scope=Scope.CONTACTS_READ)
@blueprint.arguments(SearchBody)
@blueprint.response(200, ref("Found"))
@blueprint.alt_response(404, "NOT_FOUND")
def search(body: dict[str, Any]) -> Response:
    """Every contact of one address, whatever its status, in the newsletters that the key reaches."""
    if "newsletter" in body:
        catalog.current().newsletter(body["newsletter"])  # of one that is misspelt, "nobody" would be no answer
    contacts = feed.contacts_of(addresses.parse(body.pop("email")).key)
    wanted = [one for one in contacts if one.newsletter == body.get("newsletter", one.newsletter)]
    found = [one for one in wanted if key().reaches(one.newsletter)]
    note_read(len(found), **body, found=" ".join(one.id for one in found))
    return answers.items(one.document for one in found)


@blueprint.post("/contacts/<contact_id>/unsubscribe", scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(LeavingBody)
@blueprint.response(200, ref("Contact"))
def unsubscribe(body: dict[str, str], contact_id: str) -> Response:
    """End a subscription, for good and at once. Safe to repeat; reason, actor and key become evidence."""
    return shown(signups.leave(reached(contact_id).id, cause(body)))


def shown(subscription: Subscription) -> Response:
    """As it stands after what was done."""
    note_read(1)
    return answers.document(Completion.now().text(subscription.contact))


def cause(body: Mapping[str, Any]) -> Cause:
    """Who asked whom for it and why, and with which key."""
    note = {"reason": body["reason"], "actor": body["actor"], "key": key().id}
    return Cause(Channel.API, Visit(ip=None, told_by=key().id), note)


def reached(contact_id: str) -> Contact:
    """The contact, if the key reaches its newsletter; to any other key it does not exist. Raises ContactUnknown."""
    found = feed.contact(contact_id)
    if not key().reaches(found.newsletter):
        raise ContactUnknown
    return found
