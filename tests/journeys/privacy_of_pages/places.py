"""Every place that can be looked at."""

import re
from collections.abc import Iterator

from werkzeug.routing import Rule

from newsletter import rendering

ADA, GRACE, EVE = "ada.lovelace@example.org", "grace@example.com", "eve@example.org"


def spelt(rule: Rule, places: dict[str, str]) -> Iterator[str]:
    """The addresses that a rule has here, one for each link of its kind."""
    tokens = [path for path in places.values() if path.startswith(str(rule.rule).partition("<")[0])]
    if "<token>" in rule.rule:
        yield from tokens
        return
    filled = {"slug": "nyhedsbrev", "contact_id": places["contact"], "name": "style.css", "filename": "style.css"}
    filled |= {"accent": "0062a3", "webhook_id": places["webhook"]}
    filled["digest"] = rendering.static_digest("style.css")
    yield re.sub(r"<(?:\w+:)?(\w+)>", lambda hole: filled[hole[1]], rule.rule)
