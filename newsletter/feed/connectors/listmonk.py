"""listmonk: subscribers on lists, with attributes of any form. It publishes no limit.

Its traps, each kept away from here: PUT of a subscriber clears the lists that it does not name (so PATCH, where there
is one); a list that does not exist or may not be used is left out without a word (so the answer is looked at); a
look-up by address is an SQL expression (so quotes are doubled); what is gone is answered 400, and adding it to a list
500; its blocklist outlives every other status; and neither its webhooks nor its subscribers' clocks tell who has
unsubscribed there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from newsletter import addresses
from newsletter.feed.connectors.calling import Interface, is_of
from newsletter.feed.connectors.listmonk_import import Importer
from newsletter.feed.connectors.listmonk_subscribers import (
    NO_OPT_IN,
    Subscribers,
    Taken,
    done,
    left_at,
    lists_of,
    ours,
    status_of,
    subscriber,
)
from newsletter.feed.connectors.tool import Entry, Failed, LeftThere, Misconfigured, Person, Refused, ToolError
from newsletter.outgoing import Client

LONGEST_NAME = 200  # characters
WINDOW = 2000  # ids of subscribers looked at in one request
FIELDS = {
    "language": "language",
    "topics": "topics",
    "tracking_allowed": "tracking_allowed",
    "tracking_at": "consents.tracking.at",
    "confirmed_at": "confirmed_at",
    "source": "source",
    "unsubscribe_url": "links.unsubscribe",
    "manage_url": "links.manage",
}


class Listmonk:
    def __init__(self, newsletter: str, options: Mapping[str, Any], client: Client) -> None:
        self.api = Interface(client, options)
        self.subscribers = Subscribers(self.api)
        self.at_once = int(options.get("batch", 10_000))
        self.list = int(options["list"])
        sides = {"tracking_list": True, "untracked_list": False}
        self.sides = {int(options[name]): tracked for name, tracked in sides.items() if name in options}
        self.key = options.get("key", newsletter)
        self.name = options.get("name", ["fields.first_name", "fields.last_name"])
        self.fields = options.get("fields", FIELDS)

    def check(self) -> None:
        for number in self.lists:
            if self.api.call("GET", f"/api/lists/{number}").status != 200:
                raise Misconfigured(f"there is no list {number}, or the credentials do not permit it")
        self.subscribers.found("1=0")

    @property
    def lists(self) -> list[int]:
        return [self.list, *self.sides]

    def hold(self, person: Person, remote_id: str | None) -> str:
        try:
            found = self.updated(person, remote_id) if remote_id else None
        except Taken:
            return self.merged(person, remote_id or "")
        found = found or self.created(person) or self.met(person)
        try:
            self.put_on_lists(person, found)
        except ToolError as error:
            error.remote_id = str(found["id"])
            raise
        return str(found["id"])

    def updated(self, person: Person, remote_id: str) -> Mapping[str, Any] | None:
        """None when listmonk does not know the subscriber any more. Raises Taken."""
        try:
            return self.subscribers.changed(self.told(person), remote_id)
        except Failed:
            other = self.subscribers.by_address(person.email)
            if other is None or str(other["id"]) == remote_id:
                raise
            raise Taken from None

    def merged(self, person: Person, remote_id: str) -> str:
        """The person's new address is another subscriber's there, and that one is kept.

        Having left as such was before they confirmed the address here, so it is no withdrawal.
        """
        self.leave(remote_id, forget=True)
        other = self.met(person)
        self.put_on_lists(replace(person, held_back=True), other)
        known = self.subscribers.known(remote_id)
        if known and all(one.get("subscription_status") == "unsubscribed" for one in lists_of(known)):
            self.erase(remote_id)
        return str(other["id"])

    def created(self, person: Person) -> Mapping[str, Any] | None:
        """None when the address is there already; POST knows no update."""
        asked = {**self.told(person), "status": "enabled", "lists": [self.list], **NO_OPT_IN}
        answer = self.api.call("POST", "/api/subscribers", json=asked)
        return None if answer.status == 409 else subscriber(answer)

    def met(self, person: Person) -> Mapping[str, Any]:
        """Somebody whom listmonk has known before us keeps the attributes and lists that others gave them."""
        found = self.subscribers.by_address(person.email)
        if found is None:
            raise Failed("the address is there already, and may not be looked at: subscribers:get_all is needed")
        return self.updated(person, str(found["id"])) or found

    def told(self, person: Person) -> dict[str, Any]:
        """The attributes of one newsletter lie under one key, which is replaced whole; others' stay as they are."""
        wished = {name: person.value(path) for name, path in self.fields.items()}
        name = person.words(self.name) or person.email.partition("@")[0]
        ours = {"id": person.value("id"), "version": person.value("version")}
        return {"email": person.email.lower(), "name": name[:LONGEST_NAME], "attribs": {self.key: {**wished, **ours}}}

    def put_on_lists(self, person: Person, found: Mapping[str, Any]) -> None:
        status = status_of(found, self.list)
        if status == "unsubscribed" and person.left_since(left_at(found, self.list)):
            raise LeftThere("they have unsubscribed in listmonk")
        if found.get("status") == "blocklisted":
            raise Refused("it is on listmonk's blocklist")
        if status != "confirmed":
            self.subscribers.change_lists(found["id"], "add", self.list)
            known = self.subscribers.known(found["id"])
            if known is None:
                raise Failed("it has lost somebody while it was told of them")
            if status_of(known, self.list) != "confirmed":
                raise Misconfigured(
                    f"it does not put anybody on list {self.list}: look at the credentials' permissions"
                )
        for number, tracked in self.sides.items():
            self.subscribers.change_lists(found["id"], "add" if is_tracked(person) is tracked else "remove", number)

    def leave(self, remote_id: str, *, forget: bool = False) -> None:
        self.subscribers.change_lists(remote_id, "unsubscribe", *self.lists)
        known = self.subscribers.known(remote_id) if forget else None
        if known:
            told = {"email": known.get("email"), "name": known.get("name"), "attribs": {self.key: None}}
            self.subscribers.changed(told, remote_id)

    def erase(self, remote_id: str) -> None:
        answer = self.api.call("DELETE", f"/api/subscribers/{remote_id}")
        if answer.status not in (200, 404):
            raise Failed(f"it answered {answer.status} to a deletion")
        if answer.status == 200:
            done(answer)
        else:
            self.check()  # a proxy says so of everything while listmonk is away

    def fill(self, people: Sequence[Person]) -> None:
        """Whom it knows already it leaves as they are."""
        groups: dict[tuple[int, ...], list[Mapping[str, Any]]] = {}
        for person in people:
            own = [number for number, tracked in self.sides.items() if is_tracked(person) is tracked]
            groups.setdefault((self.list, *own), []).append(self.told(person))
        for lists, told in groups.items():
            Importer(self.api, lists).send(told)

    def find(self, contact_id: str, email_sha256: Collection[str]) -> str | None:
        key = self.key.replace("'", "''")
        found = self.subscribers.found(f"subscribers.attribs->'{key}'->>'id' = '{contact_id}'")
        return next((str(one["id"]) for one in found if ours(one, self.key).get("id") == contact_id), None)

    def left(self, since: datetime) -> Sequence[str]:
        mine = f"list_id = {self.list} AND status = 'unsubscribed' AND updated_at >= '{since.isoformat()}'"
        found = self.subscribers.found(f"subscribers.id IN (SELECT subscriber_id FROM subscriber_lists WHERE {mine})")  # noqa: S608 - of ours
        return [str(one["id"]) for one in found]

    def roster(self) -> Iterator[Entry]:
        """By windows of ids: pages by number would skip somebody whenever somebody else is deleted meanwhile."""
        last = self.subscribers.extreme(self.list, "desc")
        begin = self.subscribers.extreme(self.list, "asc")
        while begin <= last:
            window = f"subscribers.id >= {begin} AND subscribers.id < {begin + WINDOW}"
            yield from (self.entry(one) for one in self.subscribers.found(window) if status_of(one, self.list))
            begin += WINDOW

    def entry(self, found: Mapping[str, Any]) -> Entry:
        """On a list without opt-in of its own listmonk mails the unconfirmed, too; as ours, they are not as told."""
        known = ours(found, self.key)
        version, status = known.get("version"), status_of(found, self.list)
        is_told = is_of(version, int) and status == "confirmed" and found.get("status") == "enabled"
        is_told = is_told and self.is_on_the_right_side(found, known)
        return Entry(
            remote_id=str(found["id"]),
            email_sha256=addresses.sha256(str(found["email"])),
            is_mailed=found.get("status") != "blocklisted" and status != "unsubscribed",
            contact_id=known.get("id") if is_of(known.get("id"), str) else None,
            version=version if is_told else 0,
        )

    def is_on_the_right_side(self, found: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        """As far as their attributes say whether they may be followed (A5.3)."""
        tracked = next((known.get(name) for name, path in self.fields.items() if path == "tracking_allowed"), None)
        on = {number: status_of(found, number) == "confirmed" for number in self.sides}
        return tracked is None or all(on[number] is (tracked is side) for number, side in self.sides.items())


def is_tracked(person: Person) -> bool:
    return bool(person.contact["tracking_allowed"])
