"""What is answered about people's rights, in JSON Schema."""

from newsletter.api.shapes import INSTANT, NUMBER, TEXT, Shape, record, ref

RIGHTS_SCHEMAS: dict[str, Shape] = {
    "Erased": record(
        {
            "id": TEXT,
            "erased": {"type": "array", "items": TEXT, "description": "Every contact of the person."},
            "proof_kept_until": {
                **INSTANT,
                "description": "The proof of the consent is locked, and kept until then to meet claims (Article "
                "17(3)(e) GDPR); nothing else is.",
            },
            "complaints": {**TEXT, "description": "The authority to which the person can complain of that."},
        }
    ),
    "Locked": record(
        {
            "items": {
                "type": "array",
                "items": record(
                    {
                        "erased_at": INSTANT,
                        "until": INSTANT,
                        "evidence": {"type": "array", "items": ref("Act")},
                        "withheld": NUMBER,
                    }
                ),
            }
        }
    ),
}
