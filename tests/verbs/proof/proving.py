"""A proof, as the product's own verb makes it."""

import json
from typing import Any

from newsletter import proof
from newsletter.db import reader
from newsletter.proof import Proof
from newsletter.subscriptions import Subscriber

ADA, GRACE = "ada@example.org", "grace@example.org"


def prove(address: str = ADA) -> Proof:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return proof.prove(session, found.id)


def told(address: str = ADA) -> dict[str, Any]:
    return json.loads(proof.PRINTERS[proof.JSON](prove(address)))  # type: ignore[no-any-return]


def page(address: str = ADA) -> str:
    return proof.PRINTERS[proof.HTML](prove(address)).decode()
