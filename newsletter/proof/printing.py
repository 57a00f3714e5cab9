"""The formats in which a proof leaves the house, by media type."""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import orjson

from newsletter import guard, memory
from newsletter.proof.html import html
from newsletter.proof.json_document import told
from newsletter.proof.person import Proof
from newsletter.proof.record import record

JSON, HTML, PDF, JSON_LD = "application/json", "text/html", "application/pdf", "application/ld+json"


def as_json(proof: Proof) -> bytes:
    return spelt(told(proof))


def as_html(proof: Proof) -> bytes:
    return html(proof).encode()


def as_pdf(proof: Proof) -> bytes:
    """The library is loaded when somebody first wants a PDF: it is 45 MB that no other request needs (decision 13)."""
    written: bytes = import_module("newsletter.proof.pdf").pdf(proof)
    memory.collect()  # its fonts
    return written


def as_json_ld(proof: Proof) -> bytes:
    return spelt(record(proof))


def spelt(document: Any) -> bytes:
    """As it reads, but for what would steer the terminal that it may be printed on: a relay says what it likes."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    unseen = {ord(one): json.dumps(one)[1:-1] for one in set(text) - {"\n"} if guard.has_invisible(one)}
    return text.translate(unseen).encode()


PRINTERS: Mapping[str, Callable[[Proof], bytes]] = {JSON: as_json, HTML: as_html, PDF: as_pdf, JSON_LD: as_json_ld}
