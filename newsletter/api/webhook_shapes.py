"""What is answered about webhooks, and what they push, in JSON Schema and OpenAPI (E12)."""

from newsletter.api.shapes import (
    CHANGE_EXAMPLE,
    INSTANT,
    NUMBER,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    URL,
    Shape,
    one_of,
    page,
    record,
    ref,
)
from newsletter.changes import ChangeKind
from newsletter.feed.webhooks import Format, Payload, WebhookState
from newsletter.outbox import PushState

WEBHOOK_EXAMPLE = {
    "id": "0d1m8q3vkc5h2p9s7u4t6b0e",
    "newsletter": "nyhedsbrev",
    "url": "https://tool.example.org/hook",
    "kinds": None,
    "payload": "full",
    "format": "standard",
    "state": "enabled",
    "created_at": "2026-11-23T09:00:00+00:00",
    "delivered": 1204,
    "failed": 3,
    "dead": 0,
}
SECRET_EXAMPLE = "whsec_c2VjcmV0IHRoYXQgaXMgdGhpcnR5LXR3byBieXRlcyE="  # noqa: S105 - it opens nothing
NEW_WEBHOOK_EXAMPLE = {**WEBHOOK_EXAMPLE, "delivered": 0, "failed": 0, "secret": SECRET_EXAMPLE}
DELIVERY_EXAMPLE = {
    "id": "0d1m8r0vkc5h2p9s7u4t6b0e",
    "kind": "confirmed",
    "contact": "0d1m8q3vkc5h2p9s7u4t6b0e",
    "cursor": "734-12-1795424400000000",
    "state": "delivered",
    "at": "2026-11-23T09:00:00+00:00",
    "attempts": 1,
    "status": 204,
    "error": None,
    "latency_ms": 38,
    "next_attempt_at": None,
    "finished_at": "2026-11-23T09:00:00+00:00",
}
CLOUD_EVENT_EXAMPLE = {
    "specversion": "1.0",
    "id": "0d1m8r0vkc5h2p9s7u4t6b0e",
    "source": "https://news.example.org/newsletters/nyhedsbrev",
    "type": "org.example.news.contact.confirmed",
    "subject": "0d1m8q3vkc5h2p9s7u4t6b0e",
    "time": "2026-11-23T09:00:00+00:00",
    "datacontenttype": "application/json",
    "data": CHANGE_EXAMPLE,
}
PUSH_EXAMPLE = {"type": "contact.confirmed", "timestamp": "2026-11-23T09:00:00+00:00", "data": CHANGE_EXAMPLE}

OPTIONAL_NUMBER: Shape = {"type": ["integer", "null"], "minimum": 0}
KINDS = [kind.value for kind in ChangeKind]
WEBHOOK = {
    "id": TEXT,
    "newsletter": TEXT,
    "url": URL,
    "kinds": {"type": ["array", "null"], "items": one_of(ChangeKind), "description": "Null: all."},
    "payload": one_of(Payload),
    "format": one_of(Format),
    "state": {
        **one_of(WebhookState),
        "description": "`gone`: the receiver answered 410, and is left alone until somebody enables it again.",
    },
    "created_at": INSTANT,
    "delivered": {**NUMBER, "description": "Pushes that arrived."},
    "failed": {**NUMBER, "description": "Attempts that failed."},
    "dead": {**NUMBER, "description": "Pushes that were given up."},
}
SECRET = {"type": "string", "pattern": "^whsec_", "description": "Shown this once. Keep it where the receiver runs."}

PUSHED_DATA: Shape = {
    "anyOf": [
        ref("Change"),
        {"type": "object", "properties": {"contact": ref("ThinContact")}, "required": ["contact"]},
        record({"webhook": TEXT}, description="Of a test: which webhook it was sent for."),
    ]
}

WEBHOOK_SCHEMAS: dict[str, Shape] = {
    "Webhook": record(WEBHOOK, examples=[WEBHOOK_EXAMPLE]),
    "NewWebhook": record({**WEBHOOK, "secret": SECRET}, examples=[NEW_WEBHOOK_EXAMPLE]),
    "Webhooks": page(ref("Webhook")),
    "Secret": record({"secret": SECRET}),
    "Delivery": record(
        {
            "id": {"type": "string", "description": "The `webhook-id` of every attempt."},
            "kind": {"type": "string", "enum": [*KINDS, "test"]},
            "contact": OPTIONAL_TEXT,
            "cursor": {**OPTIONAL_TEXT, "description": "The change's position; null for a test."},
            "state": one_of(PushState),
            "at": {**INSTANT, "description": "When it happened."},
            "attempts": NUMBER,
            "status": {**OPTIONAL_NUMBER, "description": "What the receiver answered last."},
            "error": {**OPTIONAL_TEXT, "description": "Why it answered nothing, in a few fixed words."},
            "latency_ms": OPTIONAL_NUMBER,
            "next_attempt_at": OPTIONAL_INSTANT,
            "finished_at": OPTIONAL_INSTANT,
        },
        examples=[DELIVERY_EXAMPLE],
    ),
    "Deliveries": page(ref("Delivery")),
    "Replay": {
        "oneOf": [record({"queued": NUMBER}), record({"after": TEXT, "until": TEXT})],
        "description": "How many are sent again, or what range of changes is told again in the background.",
    },
    "Tried": record({"delivery": {"type": "string", "description": "The id of the test's delivery."}}),
    "ThinContact": record(
        {
            "id": TEXT,
            "newsletter": TEXT,
            "status": TEXT,
            "tracking_allowed": {"type": "boolean"},
            "version": {"type": "integer", "minimum": 1},
            "changed_at": INSTANT,
        },
        description="A contact in a `thin` push.",
    ),
    "Push": record(
        {
            "type": {"type": "string", "enum": [*(f"contact.{kind}" for kind in KINDS), "webhook.test"]},
            "timestamp": {**INSTANT, "description": "When it happened, not when it is sent."},
            "data": PUSHED_DATA,
        },
        examples=[PUSH_EXAMPLE],
    ),
    "CloudEvent": record(
        {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "description": "The `webhook-id`."},
            "source": URL,
            "type": {"type": "string", "description": "The push's type behind the service's host, last part first."},
            "subject": {"type": "string", "description": "The contact's id; none in a test."},
            "time": {**INSTANT, "description": "When it happened."},
            "datacontenttype": {"const": "application/json"},
            "data": PUSHED_DATA,
        },
        optional=("subject",),
        examples=[CLOUD_EVENT_EXAMPLE],
    ),
}


def header(name: str, description: str) -> Shape:
    return {"name": name, "in": "header", "required": True, "schema": TEXT, "description": description}


PUSHED: Shape = {
    "contact": {
        "post": {
            "summary": "What your receiver is sent.",
            "description": "Standard Webhooks 1.0. Verify the signature over the raw body, refuse a timestamp older "
            "than five minutes, drop a `webhook-id` that you have seen, and drop a contact's `version` that is not "
            "higher than what you have. At least once; in order for each contact.",
            "parameters": [
                header("webhook-id", "The same over all attempts."),
                header("webhook-timestamp", "Seconds since 1970, of this attempt."),
                header(
                    "webhook-signature", "`v1,` and the HMAC-SHA256 of `id.timestamp.body`; several during rotation."
                ),
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": ref("Push")},
                    "application/cloudevents+json": {"schema": ref("CloudEvent")},
                },
            },
            "responses": {
                "2XX": {"description": "It arrived. What the body says is not read."},
                "410": {"description": "Push no more: the webhook rests until somebody enables it."},
                "429": {"description": "Slower. `Retry-After` is respected; 502, 503 and 504 mean the same."},
                "default": {"description": "Anything else, redirects too, failed: it is tried again for three days."},
            },
        }
    }
}
