"""What a tool reports, and how the contact stands."""

from datetime import timedelta
from typing import Any

from flask import Flask

from newsletter import access, clock
from newsletter.access import Scope

API = "/api/v1"
DONE = {"result": "done", "reason": None}
UNKNOWN = {"result": "unknown", "reason": None}
Item = dict[str, Any]


class Tool:
    """The marketing tool, with a key of its own."""

    def __init__(self, service: Flask, *newsletters: str, name: str = "the tool") -> None:
        self.client = service.test_client(use_cookies=False)
        self.use(access.create(name, [Scope.FEED_READ, Scope.REPORTS_WRITE, Scope.CONTACTS_READ], newsletters, None))

    def use(self, key: str) -> None:
        self.key_id = key.split("_")[1]
        self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    def report(self, *items: Item) -> list[Item]:
        answer = self.client.post(f"{API}/reports", json={"items": items})
        assert answer.status_code == 200, answer.text
        found: list[Item] = answer.get_json()["items"]
        return found

    def contact(self, address: str) -> Item:
        found = self.client.post(f"{API}/contacts/search", json={"email": address}).get_json()["items"]
        newest: Item = found[-1]
        return newest

    def changes(self) -> list[Item]:
        found: list[Item] = self.client.get(f"{API}/newsletters/nyhedsbrev/changes?limit=1000").get_json()["items"]
        return found


def item(kind: str, address: str = "ada@example.org", **more: Any) -> Item:
    return {"newsletter": "nyhedsbrev", "email": address, "kind": kind, "at": clock.iso(clock.now())} | more


def on(days: float) -> str:
    return clock.iso(clock.now() + timedelta(days=days))
