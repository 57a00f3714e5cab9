"""Origins: where a form stands, in the one spelling that origins are compared in."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
URL = re.compile(r"[!-\[\]-~]+")
"""Visible ASCII but the backslash, which browsers read as a slash and Python does not."""
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""A host's name or address: an origin stands in a policy's header, where `;` begins another directive."""


@lru_cache(maxsize=100)
def origin_of(url: str) -> str | None:
    """`scheme://host[:port]` of a web address, in lower case and without the usual port; None for all else."""
    if not URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not HOST.fullmatch(name):
        return None
    host = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{host}" + ("" if port in (None, PORTS[parts.scheme]) else f":{port}")
