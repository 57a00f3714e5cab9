"""A proof, as the product's own verb makes it."""

import json
from typing import Any

from newsletter import proof
from newsletter.db import reader
from newsletter.proof import Proof
from tests.kept import subscriber_id

ADA, GRACE = "ada@example.org", "grace@example.org"


def prove(address: str = ADA) -> Proof:
    with reader() as session:
        return proof.prove(session, subscriber_id(address))


def told(address: str = ADA) -> dict[str, Any]:
    return json.loads(proof.PRINTERS[proof.JSON](prove(address)))  # type: ignore[no-any-return]


def record(address: str = ADA) -> dict[str, Any]:
    return json.loads(proof.PRINTERS[proof.JSON_LD](prove(address)))  # type: ignore[no-any-return]


def page(address: str = ADA) -> str:
    return proof.PRINTERS[proof.HTML](prove(address)).decode()
