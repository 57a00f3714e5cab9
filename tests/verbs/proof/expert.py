"""A court's expert, who has docs/reference/proof.md, a printed proof and a root from elsewhere, and nothing of ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

Told = dict[str, Any]
COVERED = ("act", "at", "commitments", "facts", "newsletter", "previous", "seq")


def objections(proof: Told, root: str) -> list[str]:
    """What the expert holds against the print; nothing where it is what was written."""
    return [*of_records(proof), *of_texts(proof), *of_letters(proof), *of_anchor(proof, root)]


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def of_records(proof: Told) -> Iterator[str]:
    previous = ""
    for number, record in enumerate(proof["evidence"], 1):
        covered = {name: record[name] for name in COVERED}
        whose = {"contact_id": record["contact"], "subscriber_id": proof["subscriber"]}
        if hashlib.sha256(canonical({**covered, **whose})).hexdigest() != record["hash"]:
            yield f"record {number}"
        if (record["seq"], record["previous"]) != (number, previous):
            yield f"order of record {number}"
        yield from of_values(record)
        previous = record["hash"]


def of_values(record: Told) -> Iterator[str]:
    if record["values"].keys() != record["commitments"].keys():
        yield f"values of record {record['seq']}"
    for name, salt in record["salts"].items():
        message = f"{name}\n{record['values'].get(name)}".encode()
        if hmac.new(bytes.fromhex(salt), message, "sha256").hexdigest() != record["commitments"].get(name):
            yield f"{name} of record {record['seq']}"


def of_texts(proof: Told) -> Iterator[str]:
    for consent in proof["consents"]:
        confirmed = consent["confirmed"]
        told = [consent["signed_up"]["wordings"], confirmed["displayed"]["wordings"], confirmed["granted"]]
        for wording in [one for each in told + [act["granted"] for act in consent["later"]] for one in each]:
            content = [consent["newsletter"], wording["purpose"], wording["language"], wording["text"]]
            name = base64.b32hexencode(hashlib.sha256(canonical(content)).digest()[:10]).decode().lower()
            if name != wording["id"]:
                yield f"wording {wording['id']}"


def of_letters(proof: Told) -> Iterator[str]:
    written = {act["facts"]["sha256"] for act in proof["evidence"] if act["act"] == "letter_sent"}
    for letter in [letter for consent in proof["consents"] for letter in consent["letters"]]:
        if hashlib.sha256(letter["mime"].encode("ascii")).hexdigest() not in written:
            yield f"letter of {letter['at']}"


def of_anchor(proof: Told, root: str) -> Iterator[str]:
    anchor = proof["anchor"]
    leaf, last = anchor["leaf"], anchor["size"] - 1
    hashed = hashlib.sha256(b"\0" + canonical([proof["subscriber"], leaf["records"], leaf["head"]])).digest()
    number = leaf["position"]
    for sibling in map(bytes.fromhex, anchor["path"]):
        is_right = number % 2 or number == last
        hashed = hashlib.sha256(b"\1" + (sibling + hashed if is_right else hashed + sibling)).digest()
        while is_right and number % 2 == 0 and number > 0:
            number, last = number // 2, last // 2
        number, last = number // 2, last // 2
    heads = {record["seq"]: record["hash"] for record in proof["evidence"]}
    if last != 0 or hashed.hex() != root or heads.get(leaf["records"]) != leaf["head"]:
        yield "anchor"
