"""The formats in which a proof leaves the house, by media type."""

import json
from collections.abc import Callable, Mapping
from importlib import import_module

from newsletter.proof.html import html
from newsletter.proof.person import Proof
from newsletter.proof.record import record
from newsletter.proof.told import told

JSON, HTML, PDF, JSON_LD = "application/json", "text/html", "application/pdf", "application/ld+json"


def as_json(proof: Proof) -> bytes:
    return json.dumps(told(proof), ensure_ascii=False, indent=2).encode()


def as_html(proof: Proof) -> bytes:
    return html(proof).encode()


def as_pdf(proof: Proof) -> bytes:
    """The library is loaded when somebody first wants a PDF: it is 45 MB that no other request needs (decision 13)."""
    written: bytes = import_module("newsletter.proof.pdf").pdf(proof)
    return written


def as_json_ld(proof: Proof) -> bytes:
    return json.dumps(record(proof), ensure_ascii=False, indent=2).encode()


PRINTERS: Mapping[str, Callable[[Proof], bytes]] = {JSON: as_json, HTML: as_html, PDF: as_pdf, JSON_LD: as_json_ld}
