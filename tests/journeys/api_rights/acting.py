"""Acting for a person, with a key."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope

ADA = "ada@example.org"
WHO = {"reason": "asked for it by phone", "actor": "support: Grace"}


class Door:
    """A client with a key."""

    def __init__(self, client: FlaskClient, *scopes: Scope, newsletters: tuple[str, ...] = ()) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {access.create('support', list(scopes), list(newsletters), None)}"}

    def __call__(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.client.open(f"/api/v1{path}", method=method, headers=self.headers, **more)

    def contacts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("POST", "/contacts/search", json={"email": ADA}).get_json()["items"]
        return found


def kinds(door: Door) -> list[str]:
    return [change["kind"] for change in door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"]]
