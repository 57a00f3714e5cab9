"""listmonk's importer: many subscribers at once, from one file at a time."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsletter.feed.connectors.calling import LONGEST_DEADLINE, Interface, rest
from newsletter.feed.connectors.listmonk_subscribers import data_of
from newsletter.feed.connectors.tool import Failed, Trouble

PATH = "/api/import/subscribers"
POLL = 0.5  # seconds between two looks at a running import


class Importer:
    def __init__(self, api: Interface, lists: Sequence[int]) -> None:
        self.api, self.lists = api, lists

    def send(self, subscribers: Sequence[Mapping[str, Any]]) -> None:
        """Import these onto the lists, and wait for it. Raises Failed, or Trouble while another import is running."""
        self.wait()
        settings = {"mode": "subscribe", "subscription_status": "confirmed", "delim": ",", "lists": self.lists}
        asked = {**settings, "overwrite": False, "overwrite_userinfo": False, "overwrite_subscription_status": False}
        files = {"file": ("newsletter.csv", sheet(subscribers))}
        answer = self.api.call("POST", PATH, data={"params": json.dumps(asked)}, files=files, seconds=LONGEST_DEADLINE)
        if answer.status != 200 or self.wait() == "failed":
            raise Failed(f"it answered {answer.status} to an import, or did not finish it")

    def wait(self) -> Any:
        """How the last import ended, whoever began it; it has to be cleared away before the next."""
        for _ in range(int(LONGEST_DEADLINE / POLL)):
            status = data_of(self.api.call("GET", PATH)).get("status")
            if status not in ("importing", "stopping"):
                self.api.call("DELETE", PATH)
                return status
            rest(POLL)
        raise Trouble("an import of its own is running")


def sheet(subscribers: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["email", "name", "attributes"])
    rows.writerows([one["email"], one["name"], json.dumps(one["attribs"])] for one in subscribers)
    return text.getvalue().encode()
