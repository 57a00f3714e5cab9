"""The documents that leave through the machine interface, in JSON Schema: what OpenAPI says of them."""

from enum import StrEnum
from typing import Any

from newsletter.changes import ChangeKind
from newsletter.feedback import Reason, Result
from newsletter.subscriptions import ConsentState, Status

Shape = dict[str, Any]
"""A JSON Schema."""


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties: Shape, *, optional: tuple[str, ...] = (), **more: Any) -> Shape:
    """An object with exactly these properties; all of them are there but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def page(item: Shape) -> Shape:
    return record({"items": {"type": "array", "items": item}, "next": OPTIONAL_TEXT})


def one_of(values: type[StrEnum]) -> Shape:
    return {"type": "string", "enum": [value.value for value in values]}


TEXT: Shape = {"type": "string"}
OPTIONAL_TEXT: Shape = {"type": ["string", "null"]}
INSTANT: Shape = {"type": "string", "format": "date-time"}
OPTIONAL_INSTANT: Shape = {"type": ["string", "null"], "format": "date-time"}
URL: Shape = {"type": "string", "format": "uri"}
NUMBER: Shape = {"type": "integer", "minimum": 0}

CONTACT_EXAMPLE = {
    "id": "0d1m8q3vkc5h2p9s7u4t6b0e",
    "newsletter": "nyhedsbrev",
    "status": "subscribed",
    "email": "ada@example.org",
    "language": "da",
    "fields": {"first_name": "Ada"},
    "topics": ["events", "products"],
    "consents": {
        "newsletter": {"state": "granted", "at": "2026-11-23T09:00:00+00:00", "wording": "5l2k8v0q9c7m1d3s"},
        "tracking": {"state": "denied", "at": "2026-11-23T09:00:00+00:00", "wording": None},
    },
    "tracking_allowed": False,
    "signed_up_at": "2026-11-23T08:58:12+00:00",
    "confirmed_at": "2026-11-23T09:00:00+00:00",
    "changed_at": "2026-11-23T09:00:00+00:00",
    "version": 1,
    "source": "https://www.example.org/news",
    "channel": "email",
    "links": {
        "unsubscribe": "https://news.example.org/unsubscribe/TOKEN",
        "manage": "https://news.example.org/manage/TOKEN",
    },
    "headers": {
        "List-Unsubscribe": "<https://news.example.org/unsubscribe/TOKEN>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
}
CHANGE_EXAMPLE = {
    "cursor": "734-12-1795424400000000",
    "id": CONTACT_EXAMPLE["id"],
    "kind": "confirmed",
    "at": "2026-11-23T09:00:00+00:00",
    "contact": CONTACT_EXAMPLE,
}
ERASED_EXAMPLE = {
    "cursor": "801-15-1798135200000000",
    "id": CONTACT_EXAMPLE["id"],
    "kind": "erased",
    "at": "2026-12-24T18:00:00+00:00",
    "match": {
        "id": CONTACT_EXAMPLE["id"],
        "email_sha256": "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
    },
    "contact": {"id": CONTACT_EXAMPLE["id"]},
}
SIGNUP_EXAMPLE = {
    "email": "ada@example.org",
    "language": "da",
    "first_name": "Ada",
    "topics": ["products"],
    "consents": ["5l2k8v0q9c7m1d3s"],
    "source": "https://www.example.org/news",
    "visitor": {"ip": "192.0.2.7", "user_agent": "Mozilla/5.0"},
}

MATCH = record({"id": TEXT, "email_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}})

SCHEMAS: dict[str, Shape] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
            "current": {
                "type": "object",
                "description": "The wordings now in force, by purpose, where the ones sent are not.",
                "additionalProperties": TEXT,
            },
            "scope": {"type": "string", "description": "What the key would have to be allowed, and is not."},
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Consent": record({"state": one_of(ConsentState), "at": OPTIONAL_INSTANT, "wording": OPTIONAL_TEXT}),
    "Contact": record(
        {
            "id": {"type": "string", "description": "Names one person in one newsletter."},
            "newsletter": TEXT,
            "status": one_of(Status),
            "email": TEXT,
            "language": TEXT,
            "fields": {"type": "object", "additionalProperties": TEXT},
            "topics": {"type": "array", "items": TEXT},
            "consents": {"type": "object", "additionalProperties": ref("Consent")},
            "tracking_allowed": {"type": "boolean"},
            "signed_up_at": INSTANT,
            "confirmed_at": INSTANT,
            "changed_at": INSTANT,
            "version": {"type": "integer", "minimum": 1, "description": "Rises with every change; drop lower ones."},
            "source": OPTIONAL_TEXT,
            "channel": {"type": "string", "description": "By what the consents allow to write: always `email`."},
            "links": record({"unsubscribe": URL, "manage": URL}),
            "headers": record({"List-Unsubscribe": TEXT, "List-Unsubscribe-Post": TEXT}),
        },
        examples=[CONTACT_EXAMPLE],
    ),
    "End": record({"end": {"const": True}, "count": NUMBER}, description="The last line of a stream, where asked for."),
    "Gone": record({"id": TEXT}, description="All that is left of a contact that was erased."),
    "Change": record(
        {
            "cursor": {"type": "string", "description": "Keep the last one, and ask for what comes after it."},
            "id": {"type": "string", "description": "The contact's."},
            "kind": one_of(ChangeKind),
            "at": INSTANT,
            "match": {**MATCH, "description": "Whom a change ends, for tools that know addresses only. Kept 35 days."},
            "previous_match": {**MATCH, "description": "The same for the address before a change of address."},
            "contact": {
                "anyOf": [ref("Contact"), ref("Gone")],
                "description": "As it stands when read, not when it changed.",
            },
        },
        optional=("match", "previous_match"),
        examples=[CHANGE_EXAMPLE, ERASED_EXAMPLE],
    ),
    "Contacts": page(ref("Contact")),
    "Changes": page(ref("Change")),
    "Found": record({"items": {"type": "array", "items": ref("Contact")}}),
    "Day": record(
        {
            "day": {"type": "string", "format": "date"},
            "language": TEXT,
            "source": OPTIONAL_TEXT,
            "signed_up": NUMBER,
            "letter_accepted": NUMBER,
            "confirmed": NUMBER,
            "expired": NUMBER,
            "not_me": NUMBER,
        }
    ),
    "Stats": page(ref("Day")),
    "Signup": {
        "type": "object",
        "description": "What a form of the newsletter sends, the catalogue's own fields by their names among it.",
        "properties": {
            "email": TEXT,
            "language": {"type": "string", "description": "When left out, that of the wordings that were ticked."},
            "topics": {"type": "array", "items": TEXT, "description": "None named: all."},
            "consents": {"type": "array", "items": TEXT, "description": "Ids of the wordings shown and ticked."},
            "source": {"type": "string", "description": "The page that the form stands on."},
            "visitor": {
                **record({"ip": TEXT, "user_agent": OPTIONAL_TEXT}, optional=("user_agent",)),
                "description": "Who stands before the server that asks. The user agent is not stored.",
            },
        },
        "required": ["email", "consents"],
        "additionalProperties": TEXT,
        "examples": [SIGNUP_EXAMPLE],
    },
    "Outcomes": record(
        {
            "items": {
                "type": "array",
                "items": record(
                    {
                        "result": one_of(Result),
                        "reason": {"type": ["string", "null"], "enum": [*(reason.value for reason in Reason), None]},
                    }
                ),
            }
        },
        description="What became of each reported item, in the same order.",
    ),
    "Accepted": record({"status": {"type": "string", "const": "check_inbox"}}),
}
