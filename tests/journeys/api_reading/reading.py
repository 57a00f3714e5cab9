"""Keys, and what was read with them."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope

LIST = "/api/v1/newsletters/nyhedsbrev/contacts"
CHANGES = "/api/v1/newsletters/nyhedsbrev/changes"
STATS = "/api/v1/newsletters/nyhedsbrev/stats"
Get = Callable[[str], TestResponse]
Headers = dict[str, str]


def bearer(*scopes: Scope, newsletters: tuple[str, ...] = (), days: int | None = None) -> Headers:
    return {"Authorization": f"Bearer {access.create('the tool', scopes, newsletters, days)}"}
