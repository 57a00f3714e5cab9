"""Standard Webhooks 1.0, the symmetric scheme: who holds the secret can tell that a push is ours, and new (E3)."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

AGENT = "newsletter-webhooks/1"


def headers(push_id: str, body: bytes, secrets: Sequence[bytes], at: datetime) -> Mapping[str, str]:
    """The same id over all attempts, the time of this one, and a signature with each living secret."""
    stamp = str(int(at.timestamp()))
    signed = b".".join([push_id.encode(), stamp.encode(), body])
    return {
        "user-agent": AGENT,
        "webhook-id": push_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(secret, signed) for secret in secrets),
    }


def signature(secret: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
