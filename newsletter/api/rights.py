"""What people ask for by phone, letter or mail, done through another system: each with a reason and a name (A8)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from newsletter import addresses, feed, privacy, selfservice, subscriptions
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key, note_read
from newsletter.api.contact import cause, reached, shown
from newsletter.api.queries import ErasingBody, ExportQuery, LeavingBody, RectifyingBody, WithdrawingBody
from newsletter.api.shapes import ref
from newsletter.clock import iso
from newsletter.errors import ScopeMissing
from newsletter.feed import Contact
from newsletter.subscriptions import Wishes

blueprint = Blueprint("Rights", "What a person may ask for, on whatever way they asked.")
PATH = "/contacts/<contact_id>"


@blueprint.patch(PATH, scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(RectifyingBody)
@blueprint.response(200, ref("Contact"))
@blueprint.alt_response(409, "CONFLICT")
def rectify(body: dict[str, Any], contact_id: str) -> Response:
    """Put right fields and language, and remove topics; ask the owner of a new address to confirm it.

    A consent cannot be granted here.
    """
    contact = reached(contact_id)
    if "email" in body:
        return moved(contact, body)
    fields = body.get("fields_")
    wishes = Wishes(
        fields=None if fields is None else {name: value or "" for name, value in fields.items()},
        language=body.get("language"),
        topics=body.get("topics"),
    )
    return shown(subscriptions.rectify(contact.id, wishes, cause(body)))


def moved(contact: Contact, body: Mapping[str, Any]) -> Response:
    """Nothing has changed yet, so the contact is told as it stands (A8.4). The address is the person's everywhere."""
    address = addresses.parse(body["email"])
    selfservice.change_address(whole(contact.id).id, address, cause(body))
    note_read(1)
    return answers.document(contact.document)


@blueprint.post(f"{PATH}/withdraw", scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(WithdrawingBody)
@blueprint.response(200, ref("Contact"))
def withdraw(body: dict[str, Any], contact_id: str) -> Response:
    """Withdraw consents, like that to be tracked, while the subscription goes on. Safe to repeat."""
    return shown(subscriptions.withdraw(reached(contact_id).id, body["purposes"], cause(body)))


@blueprint.post(f"{PATH}/restrict", scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(LeavingBody)
@blueprint.response(200, ref("Contact"))
def restrict(body: dict[str, Any], contact_id: str) -> Response:
    """Keep everything of the person and use nothing (Article 18 GDPR), in every newsletter. Safe to repeat."""
    return shown(privacy.restrict(whole(contact_id).id, cause(body)))


@blueprint.post(f"{PATH}/lift", scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(LeavingBody)
@blueprint.response(200, ref("Contact"))
def lift(body: dict[str, Any], contact_id: str) -> Response:
    """Lift a restriction. A letter tells the person (Article 18(3) GDPR). Safe to repeat."""
    return shown(privacy.lift(whole(contact_id).id, cause(body)))


@blueprint.delete(PATH, scope=Scope.CONTACTS_WRITE)
@blueprint.arguments(ErasingBody)
@blueprint.response(200, ref("Erased"))
def erase(body: dict[str, Any], contact_id: str) -> Response:
    """Erase the person, with all their contacts (Article 17 GDPR). What is kept, and where to complain, is answered."""
    contact = whole(contact_id)
    done = privacy.erase(contact.id, cause(body), never_again=body["never_again"])
    note_read(len(done.contact_ids))
    ends = {"proof_kept": done.until, "signup_held": done.held_until, "silent": done.silent_until}
    kept = {f"{what}_until": iso(end) if end else None for what, end in ends.items()}
    erased = {"id": contact.id, "erased": list(done.contact_ids), **kept}
    return answers.of({**erased, "complaints": privacy.authority()})


@blueprint.get(f"{PATH}/export", scope=Scope.CONTACTS_READ, query=ExportQuery)
@blueprint.doc(responses={200: {"content": {answers.CSV: {"schema": {"type": "string"}}}}})
@blueprint.response(200, {"type": "object"})
def export(query: dict[str, str], contact_id: str) -> Response:
    """Everything that is kept of the person, to be handed to them (Articles 15 and 20 GDPR)."""
    contact = whole(contact_id)
    note_read(1, **query)
    if query["format"] == "csv":
        return Response(privacy.portable_csv(contact.id), content_type=answers.WHOLE_CSV)
    return answers.of(EXPORTS[query["format"]](contact.id))


EXPORTS: Mapping[str, Callable[[str], Any]] = {
    "json": lambda contact_id: privacy.everything_about(contact_id, feed.held_by_tools),
    "portable": privacy.portable,
}


def whole(contact_id: str) -> Contact:
    """The contact of a person whose every newsletter the key reaches: what is done here is done in all of them."""
    contact = reached(contact_id)
    if not all(key().reaches(other.newsletter) for other in feed.contacts_of_person(contact.subscriber_id)):
        raise ScopeMissing
    return contact
