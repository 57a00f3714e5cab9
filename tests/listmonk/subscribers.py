"""A listmonk that refuses what the real one refuses, written from its handlers and queries.

It keeps to the real one where that surprises: PUT of a subscriber clears lists that it does not name, POST of an
address that is there is 409 and changing one to it 500, a list that does not exist is left out in silence, adding
nobody to a list is 500, what is gone is 400, deleting it again 200, and a blocklisted subscriber stays one.
"""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from newsletter import clock

EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
BY_EMAIL = re.compile(r"subscribers\.email = '((?:[^']|'')*)'")
BY_WINDOW = re.compile(r"subscribers\.id >= (\d+) AND subscribers\.id < (\d+)")
BY_LEAVING = re.compile(
    r"subscribers\.id IN \(SELECT subscriber_id FROM subscriber_lists "
    r"WHERE list_id = (\d+) AND status = 'unsubscribed' AND updated_at >= '([^']+)'\)"
)
BY_ATTRIBUTE = re.compile(r"subscribers\.attribs->'((?:[^']|'')*)'->>'id' = '(\w+)'")

Row = dict[str, Any]


class Problem(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Subscribers:
    """Its subscribers and lists, and what becomes of each request about them."""

    lists: dict[int, str] = field(default_factory=lambda: {3: "News", 4: "Tracked"})
    permitted: set[int] = field(default_factory=lambda: {3, 4})
    may_query: bool = True
    has_patch: bool = True
    blocked_domains: set[str] = field(default_factory=set)
    subscribers: dict[int, Row] = field(default_factory=dict)
    opt_ins: list[str] = field(default_factory=list)  # whom it has mailed that they confirm some list
    hidden: set[str] = field(default_factory=set)  # who are on lists alone that our user may not see
    importing: str = "none"
    last_id: int = 0

    def call(self, method: str, path: str, query: dict[str, str], body: bytes, kind: str) -> Any:
        if path.startswith("/api/import/subscribers"):
            return self.imports(method, body, kind)
        if found := re.fullmatch(r"/api/lists/(\d+)", path):
            return self.list(int(found[1]))
        if path == "/api/subscribers/lists" and method == "PUT":
            return self.manage(json.loads(body))
        if path == "/api/subscribers":
            return self.create(json.loads(body)) if method == "POST" else self.query(query)
        if found := re.fullmatch(r"/api/subscribers/(\d+)", path):
            return self.one(method, int(found[1]), body)
        raise Problem(404, "Not Found")

    def list(self, number: int) -> Row:
        if number not in self.lists:
            raise Problem(400, "List not found")
        if number not in self.permitted:
            raise Problem(403, "Permission denied: list")
        return {"id": number, "name": self.lists[number]}

    def one(self, method: str, number: int, body: bytes) -> Any:
        if method == "PATCH" and not self.has_patch:
            raise Problem(405, "Method Not Allowed")
        if number < 1:
            raise Problem(400, "Invalid ID")
        if method == "DELETE":
            self.subscribers.pop(number, None)
            return True
        if number not in self.subscribers:
            raise Problem(400, f"Subscriber ({number}: ) not found")
        if method in ("PATCH", "PUT"):
            self.update(method, self.subscribers[number], json.loads(body))
        return self.told(self.subscribers[number])

    def update(self, method: str, found: Row, asked: Row) -> None:
        email = self.sanitized(asked.get("email", found["email"] if method == "PATCH" else ""))
        other = self.by_email(email)
        if other is not None and other is not found:
            raise Problem(500, "Error updating subscriber: duplicate key value")
        found["email"], found["name"] = email, asked.get("name") or found["name"]
        unconfirmed = any(how["status"] == "unconfirmed" for how in found["lists"].values())
        if unconfirmed and not asked.get("preconfirm_subscriptions"):
            self.opt_ins.append(email)
        if method == "PUT":
            found["attribs"] = asked.get("attribs") or {}
            kept = self.permitted & set(asked.get("lists", []))
            found["lists"] = {n: how for n, how in found["lists"].items() if n in kept}
            found["status"] = asked.get("status") or found["status"]
        else:
            found["attribs"] = {**found["attribs"], **asked.get("attribs", {})}

    def sanitized(self, email: str) -> str:
        email = email.strip().lower()
        if not EMAIL.match(email) or len(email) > 1000:
            raise Problem(400, "Invalid e-mail")
        if email.partition("@")[2] in self.blocked_domains:
            raise Problem(400, "The e-mail domain is blocklisted")
        return email

    def create(self, asked: Row) -> Row:
        email = self.sanitized(asked["email"])
        if not 1 <= len(asked["name"].strip()) <= 200:
            raise Problem(400, "Invalid name")
        if self.by_email(email):
            raise Problem(409, "E-mail already exists")
        status = "confirmed" if asked.get("preconfirm_subscriptions") else "unconfirmed"
        numbers = [number for number in asked["lists"] if number in self.permitted & set(self.lists)]
        found = self.add(email, status=asked["status"], lists=dict.fromkeys(numbers, status), **asked["attribs"])
        found["name"] = asked["name"]
        return self.told(found)

    def manage(self, asked: Row) -> bool:
        if not asked["ids"] or not asked["target_list_ids"]:
            raise Problem(400, "No IDs given")
        for number in asked["ids"]:
            if self.subscribers.get(number, {}).get("email") in self.hidden:
                raise Problem(403, f"Permission denied: subscriber {number}")
            for target in self.permitted & set(asked["target_list_ids"]):
                self.manage_one(number, target, asked)
        return True

    def manage_one(self, number: int, target: int, asked: Row) -> None:
        found = self.subscribers.get(number)
        if asked["action"] == "add":
            if found is None or target not in self.lists:
                raise Problem(500, "Error updating: violates foreign key constraint")
            before = found["lists"].get(target, {"status": "unconfirmed", "updated_at": now()})
            found["lists"][target] = {**before, "status": asked["status"] or before["status"]}
        elif found is not None and target in found["lists"]:
            if asked["action"] == "remove":
                del found["lists"][target]
            elif asked["action"] == "unsubscribe":
                found["lists"][target] = {"status": "unsubscribed", "updated_at": now()}
            else:
                raise Problem(400, "Invalid action")

    def query(self, asked: dict[str, str]) -> Row:
        if asked.get("query") and not self.may_query:
            raise Problem(403, "Permission denied: subscribers:sql_query")
        found = [one for one in self.subscribers.values() if self.fits(asked.get("query", "").strip(), one)]
        if "list_id" in asked:
            found = [one for one in found if int(asked["list_id"]) in one["lists"]]
        found.sort(key=lambda one: one["id"], reverse=asked.get("order", "desc") != "asc")
        limit = len(found) if asked.get("per_page") == "all" else min(int(asked.get("per_page", "20")), 50)
        return {"results": [self.told(one) for one in found[:limit]], "total": len(found)}

    def fits(self, query: str, one: Row) -> bool:
        if found := BY_EMAIL.fullmatch(query):
            return bool(one["email"] == found[1].replace("''", "'"))
        if found := BY_WINDOW.fullmatch(query):
            return int(found[1]) <= one["id"] < int(found[2])
        if found := BY_LEAVING.fullmatch(query):
            on = one["lists"].get(int(found[1]), {"status": None})
            return bool(on["status"] == "unsubscribed" and on["updated_at"] >= found[2])
        if found := BY_ATTRIBUTE.fullmatch(query):
            return bool(one["attribs"].get(found[1], {}).get("id") == found[2])
        if query not in ("", "1=0"):
            raise Problem(400, "Error preparing query")
        return not query

    def told(self, one: Row) -> Row:
        lists = [
            {"id": n, "subscription_status": how["status"], "subscription_updated_at": how["updated_at"]}
            for n, how in one["lists"].items()
        ]
        return {**one, "lists": lists}

    def imports(self, method: str, body: bytes, kind: str) -> Row:
        if method == "POST":
            self.import_file(body, kind)
        elif method == "DELETE" and self.importing != "importing":
            self.importing = "none"
        return {"status": self.importing}

    def import_file(self, body: bytes, kind: str) -> None:
        if self.importing != "none":
            raise Problem(400 if self.importing == "importing" else 500, "An import is already running")
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.default)
        parts = {str(part.get_param("name", header="content-disposition")): part for part in message.iter_parts()}
        options = json.loads(parts["params"].get_content())
        sheet = parts["file"].get_payload(decode=True)
        assert isinstance(sheet, bytes)
        for row in csv.DictReader(io.StringIO(sheet.decode(), newline="")):
            self.import_row(row, options)
        self.importing = "finished"

    def import_row(self, row: dict[str, str], options: Row) -> None:
        try:
            email = self.sanitized(row["email"])
        except Problem:
            return  # a line in its log, and nothing else
        found = self.by_email(email) or self.add(email, **json.loads(row["attributes"]))
        status = "unsubscribed" if found["status"] == "blocklisted" else options["subscription_status"]
        for number in options["lists"]:
            if options["overwrite_subscription_status"] or number not in found["lists"]:
                found["lists"][number] = {"status": status, "updated_at": now()}

    def by_email(self, email: str) -> Row | None:
        return next((one for one in self.subscribers.values() if one["email"] == email), None)

    def add(self, email: str, *, status: str = "enabled", lists: dict[int, str] | None = None, **attribs: Any) -> Row:
        """Somebody whom listmonk has known before us."""
        self.last_id += 1
        on = {number: {"status": how, "updated_at": now()} for number, how in (lists or {}).items()}
        self.subscribers[self.last_id] = {
            "id": self.last_id,
            "email": email,
            "name": "Known",
            "attribs": attribs,
            "status": status,
            "lists": on,
        }
        return self.subscribers[self.last_id]


def now() -> str:
    return clock.iso(clock.now())
