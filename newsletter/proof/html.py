"""The document as one HTML file that needs nothing else: no script, no link, nothing loaded, values only as text."""

import base64
import hashlib
from pathlib import Path

from newsletter import languages
from newsletter.proof.document import sheet
from newsletter.proof.person import Proof

STYLE = (Path(__file__).parent / "proof.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
"""Stands in the file itself too, so that it holds wherever the file is opened."""


def html(proof: Proof) -> str:
    document = sheet(proof)
    return languages.render("proof/proof.html", document.language, sheet=document, style=STYLE, policy=POLICY)
