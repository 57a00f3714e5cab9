"""What is answered of somebody's evidence, in JSON Schema."""

from newsletter.api.shapes import INSTANT, NUMBER, OPTIONAL_TEXT, TEXT, Shape, record, ref

PROOF: Shape = {
    "subscriber": TEXT,
    "contact": OPTIONAL_TEXT,
    "printed_at": INSTANT,
    "controller": {"type": "array", "items": TEXT},
    "chain": record({"whole": {"type": "boolean"}, "faults": {"type": "array", "items": TEXT}}),
    "anchor": {
        "type": ["object", "null"],
        "description": "The day's anchor that covers the chain, with the path from its leaf (RFC 6962).",
    },
    "consents": {"type": "array", "items": ref("Proven")},
    "evidence": {"type": "array", "items": ref("Act")},
    "withheld": {**NUMBER, "description": "The person's acts in newsletters that the key does not reach."},
}

EVIDENCE_SCHEMAS: dict[str, Shape] = {
    "Act": record(
        {
            "seq": {"type": "integer", "minimum": 1},
            "act": TEXT,
            "at": INSTANT,
            "newsletter": TEXT,
            "contact": TEXT,
            "facts": {"type": "object"},
            "commitments": {
                "type": "object",
                "description": "HMAC-SHA-256 of each value's name and text under its salt.",
                "additionalProperties": TEXT,
            },
            "values": {
                "type": "object",
                "description": "What may be erased without breaking the chain; a removed one names rule and day.",
                "additionalProperties": OPTIONAL_TEXT,
            },
            "salts": {
                "type": "object",
                "description": "Of each value that is kept; a removed one has none any more.",
                "additionalProperties": TEXT,
            },
            "previous": TEXT,
            "hash": TEXT,
        }
    ),
    "Proven": record(
        {
            "contact": TEXT,
            "newsletter": TEXT,
            "name": {"type": "string", "description": "The newsletter's, on the day of the sign-up."},
            "complete": {"type": "boolean"},
            "missing": {"type": "array", "items": TEXT, "description": "What it lacks, in sentences."},
            "signed_up": {"type": ["object", "null"], "description": "The request, with the wordings in full."},
            "letters": {"type": "array", "items": {"type": "object"}, "description": "Each as it was sent."},
            "confirmed": {"type": ["object", "null"], "description": "When, how, and what the page displayed."},
            "later": {
                "type": "array",
                "items": {"type": "object"},
                "description": "Every later act; what it granted in full.",
            },
        },
        description="One consent from its request to its end.",
    ),
    "Evidence": record(PROOF),
    "Locked": record(
        {"items": {"type": "array", "items": record({"erased_at": INSTANT, "until": INSTANT, **PROOF})}},
        description="The proof of each, as it is told of whoever was not erased.",
    ),
}
