"""What is answered about people's rights, in JSON Schema."""

from newsletter.api.shapes import INSTANT, OPTIONAL_INSTANT, TEXT, Shape, record

RIGHTS_SCHEMAS: dict[str, Shape] = {
    "Erased": record(
        {
            "id": TEXT,
            "erased": {"type": "array", "items": TEXT, "description": "Every contact of the person."},
            "proof_kept_until": {
                **INSTANT,
                "description": "The proof of the consent is locked, and kept until then to meet claims (Article "
                "17(3)(e) GDPR).",
            },
            "signup_held_until": {
                **OPTIONAL_INSTANT,
                "description": "Until then a sign-up that nobody confirmed is kept as evidence in a dispute (Articles "
                "18(1) and 17(3)(e) GDPR).",
            },
            "silent_until": {
                **OPTIONAL_INSTANT,
                "description": "Until then a keyed hash says that the address is not to be written to (Article 21(3) "
                "GDPR).",
            },
            "complaints": {**TEXT, "description": "The authority to which the person can complain of that."},
        }
    )
}
