"""Webhooks managed by whoever keeps the tool: made, changed, tried, watched, told again."""

from typing import Any

from flask import Response

from newsletter import catalog
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key, note
from newsletter.api.shapes import ref
from newsletter.api.webhook_queries import AlteredBody, DeliveriesQuery, ReplayBody, RotateBody, WebhookBody
from newsletter.errors import ScopeMissing, WebhookUnknown
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Wanted, Webhook
from newsletter.rendering import empty

blueprint = Blueprint("Webhooks", "Every change told to your tool as it happens, signed after Standard Webhooks 1.0.")
PATH = "/webhooks/<webhook_id>"


@blueprint.get("/webhooks", scope=Scope.WEBHOOKS_WRITE)
@blueprint.response(200, ref("Webhooks"))
def everything() -> Response:
    """Every webhook of the newsletters that the key reaches."""
    found = [webhook.document() for webhook in webhooks.all_webhooks() if key().reaches(webhook.newsletter)]
    return answers.of({"items": found, "next": None})


@blueprint.post("/webhooks", scope=Scope.WEBHOOKS_WRITE)
@blueprint.arguments(WebhookBody)
@blueprint.response(201, ref("NewWebhook"))
@blueprint.alt_response(404, "NOT_FOUND")
def create(body: dict[str, Any]) -> Response:
    """Make a webhook. Its secret is in this answer and never shown again.

    It begins with the next change; `POST .../replay` tells it what came before.
    """
    if not key().reaches(body["newsletter"]):
        raise ScopeMissing
    webhook, secret = webhooks.add(Wanted(**body), key().id)
    note_way("made", webhook)
    return answers.of({**webhook.document(), "secret": secret}, 201)


@blueprint.get(PATH, scope=Scope.WEBHOOKS_WRITE)
@blueprint.response(200, ref("Webhook"))
def show(webhook_id: str) -> Response:
    """One webhook, without its secret."""
    return answers.of(reached(webhook_id).document())


@blueprint.patch(PATH, scope=Scope.WEBHOOKS_WRITE)
@blueprint.arguments(AlteredBody)
@blueprint.response(200, ref("Webhook"))
def alter(body: dict[str, Any], webhook_id: str) -> Response:
    """Change where it leads, what it is told, or whether it is served. What waits goes by what is said here.

    A disabled one goes on, once enabled, where it stopped.
    """
    before = reached(webhook_id)
    webhook = webhooks.alter(before.id, body)
    note_way("altered", before)
    return answers.of(webhook.document())


@blueprint.delete(PATH, scope=Scope.WEBHOOKS_WRITE)
@blueprint.response(204)
def remove(webhook_id: str) -> Response:
    """Remove a webhook with its secrets, its list of deliveries, and what still waits for it."""
    webhook = reached(webhook_id)
    webhooks.remove(webhook.id)
    note_way("removed", webhook)
    return empty(Response(status=204))


@blueprint.get(f"{PATH}/deliveries", scope=Scope.WEBHOOKS_WRITE, query=DeliveriesQuery)
@blueprint.response(200, ref("Deliveries"))
@blueprint.unless_unchanged
def deliveries(query: dict[str, Any], webhook_id: str) -> Response:
    """What became of each push, newest first: the receiver's status and how long it took, or why there was none.

    Kept for 30 days after delivery, or after it was given up.
    """
    webhook = reached(webhook_id)
    found = webhooks.deliveries(webhook.id, query.get("state"), query.get("cursor") or None, query["limit"])
    return answers.page(map(answers.text, found.items), {}, "cursor", found.next)


@blueprint.post(f"{PATH}/replay", scope=Scope.WEBHOOKS_WRITE)
@blueprint.arguments(ReplayBody)
@blueprint.response(202, ref("Replay"))
def replay(body: dict[str, Any], webhook_id: str) -> Response:
    """Send again: one `delivery`, all that is `dead`, or everything `after` a cursor, `until` another if you like.

    `{"after": "0-0"}` tells everything from the beginning. What is still known keeps its `webhook-id`.
    """
    webhook = reached(webhook_id)
    told = replayed(webhook, body)
    note_way("told again", webhook)
    return answers.of(told, 202)


@blueprint.post(f"{PATH}/rotate", scope=Scope.WEBHOOKS_WRITE)
@blueprint.arguments(RotateBody)
@blueprint.response(200, ref("Secret"))
def rotate(body: dict[str, Any], webhook_id: str) -> Response:
    """A new secret, shown this once. Pushes are signed with the old one, too, until the overlap is over."""
    return answers.of({"secret": webhooks.rotate(reached(webhook_id).id, body["overlap_hours"])})


@blueprint.post(f"{PATH}/test", scope=Scope.WEBHOOKS_WRITE)
@blueprint.response(202, ref("Tried"))
def send_test(webhook_id: str) -> Response:
    """Queue a push of type `webhook.test`, signed like any other. `deliveries` tells what became of it."""
    return answers.of({"delivery": webhooks.send_test(reached(webhook_id).id)}, 202)


def reached(webhook_id: str) -> Webhook:
    """The webhook, if the key reaches its newsletter; to any other key it does not exist. Raises WebhookUnknown."""
    found = webhooks.find(webhook_id)
    if not key().reaches(found.newsletter):
        raise WebhookUnknown
    return found


def note_way(act: str, webhook: Webhook) -> None:
    """Journal where a key lets people's data go, and how many pushes had gone there. The list of deliveries names no
    place, and is gone with its webhook: whoever made one for themselves could take that along (D4.3).
    """
    note(webhook.delivered, act=act, webhook=webhook.id, to=catalog.origin_of(webhook.url) or "")


def replayed(webhook: Webhook, body: dict[str, Any]) -> dict[str, Any]:
    if "delivery" in body:
        webhooks.replay_one(webhook.id, body["delivery"])
        return {"queued": 1}
    if "dead" in body:
        return {"queued": webhooks.replay_dead(webhook.id)}
    return dict(webhooks.replay_range(webhook.id, body["after"], body.get("until")))
