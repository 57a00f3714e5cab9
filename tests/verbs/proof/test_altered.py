"""What somebody altered is printed all the same, and flagged: whoever has to judge it must see it (PRODUCT 4.8)."""

import json
from typing import Any

import pytest

from newsletter import proof
from tests.people import People
from tests.verbs.evidence.chains import tamper
from tests.verbs.proof.proving import ADA, prove

ODD = (5, 2**63, "x", [5], [["x"]], {"x": {"x": 5}}, None)
PARTS = (
    (1, ("wordings", "offered", "topics", "language", "source", "privacy_version", "ip_told_by", "catalog")),
    (2, ("kind", "language", "version", "sha256")),
    (3, ("method", "displayed", "granted", "dropped")),
    (4, ("channel", "disputed")),
)


def alter(seq: int, facts: Any) -> None:
    written = json.dumps(facts).replace(":", "\\:")  # which would begin a parameter
    tamper(f"UPDATE evidence SET facts = '{written}' WHERE seq = {seq}")  # noqa: S608


@pytest.mark.parametrize(("seq", "parts"), PARTS)
def test_facts_of_another_shape_are_printed_and_flagged(
    ada: str, people: People, seq: int, parts: tuple[str, ...]
) -> None:
    people.leave(ADA)
    fresh = people.fresh_link(ADA)
    facts = dict(prove().records[seq - 1].facts)
    for odd in ODD:
        for altered in (odd, *({**facts, part: odd} for part in parts)):
            alter(seq, altered)

            found = prove()
            printed = [proof.PRINTERS[form](found) for form in (proof.JSON, proof.HTML, proof.JSON_LD)]

            assert not found.is_whole or altered == facts
            assert all(printed)
    assert people.client.get(fresh).status_code == 200
    assert people.client.get(f"{fresh}/data.json").status_code == 200
