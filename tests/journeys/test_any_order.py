"""Whatever happens in whatever order: who follows the changes knows the list, and the evidence of everybody holds.

Nobody has thought of these stories. A seed that fails tells the same one again.
"""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from newsletter.access import Scope
from newsletter.config import Settings
from tests.conftest import Run
from tests.journeys.api_rights.acting import WHO, Door
from tests.people import Forms, People, Tool, later, paths_in

NAMES = ("ada@example.org", "grace@example.org", "annie@example.org")
STATUSES = ("subscribed", "suspended", "restricted", "unsubscribed")
LIVING = STATUSES[:3]
STEPS = 60
ANSWERS = {200, 303, 404, 409, 422}
"""What a sound request may be answered: what it asks for may not be to be had any more."""
Contact = dict[str, Any]


@dataclass
class Follower:
    """A tool that has read the changes from the beginning, and nothing else."""

    tool: Tool
    known: dict[str, Contact] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    after: str = ""

    def read_on(self) -> None:
        for change in self.tool.read(f"nyhedsbrev/changes?after={self.after}"):
            self.after = change["cursor"]
            self.known.pop(change["id"], None)
            if change["kind"] != "erased":
                self.known[change["id"]] = change["contact"]
            if change["kind"] in ("erased", "unsubscribed"):
                self.ended.add(change["id"])


@dataclass
class Walk:
    """One step after another, drawn by chance."""

    random: Random
    people: People
    door: Door
    run: Run

    def step(self) -> None:
        address = self.random.choice(NAMES)
        contacts = self.door("POST", "/contacts/search", json={"email": address}).get_json()["items"]
        contacts = [one for one in contacts if one["status"] in LIVING] or contacts
        if contacts and self.random.random() < 0.6:
            done = self.random.choice([self.leave, self.rectify, self.act, self.report, self.move])
            done(self.random.choice(contacts))
        else:
            self.random.choice([self.join, self.join, self.ask, self.press, self.forget])(address)

    def ask(self, address: str) -> None:
        topics = self.random.sample(["products", "events", "trends"], self.random.randint(1, 3))
        assert self.people.ask(address, tracking=self.random.random() < 0.5, topic=topics).status_code == 303

    def join(self, address: str) -> None:
        self.ask(address)
        self.press_button(self.people.inbox.link(address), "confirm")

    def press(self, address: str) -> None:
        """A button behind one of the links that ever came, also an old one."""
        form = self.random.choice(["confirm", "confirm", "confirm", "cancel"])
        links = [path for letter in self.people.inbox.letters(address) for path in paths_in(letter, form)]
        if links:
            self.press_button(self.random.choice(links[-3:]), form)

    def press_button(self, path: str, form: str) -> None:
        found = Forms(self.people.client.get(path).text).forms.get(form)
        if found:
            assert self.people.client.post(path, data=found["fields"]).status_code in ANSWERS

    def forget(self, _: str) -> None:
        assert self.run("purge").exit_code == 0

    def leave(self, contact: Contact) -> None:
        path = contact["links"]["unsubscribe"].removeprefix("http://localhost")
        assert self.people.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    def rectify(self, contact: Contact) -> None:
        name, topics = self.random.choice(["Ada", "Bo"]), contact["topics"][:1]
        self.call("PATCH", contact, json={"fields": {"first_name": name}, "topics": topics, **WHO})

    def act(self, contact: Contact) -> None:
        verb = self.random.choice(["restrict", "lift", "lift", "withdraw", "unsubscribe", "erase"])
        if verb == "erase":
            self.call("DELETE", contact, json=WHO)
        else:
            purposes = {"purposes": ["tracking"]} if verb == "withdraw" else {}
            self.call("POST", contact, f"/{verb}", json={**WHO, **purposes})

    def move(self, contact: Contact) -> None:
        self.call("PATCH", contact, json={"email": self.random.choice(NAMES), **WHO})

    def report(self, contact: Contact) -> None:
        kind = self.random.choice(["hard_bounce", "soft_bounce", "complaint", "used"])
        item = {"newsletter": "nyhedsbrev", "id": contact["id"], "kind": kind, "at": contact["changed_at"]}
        assert self.door("POST", "/reports", json={"items": [item]}).status_code == 200

    def call(self, method: str, contact: Contact, path: str = "", **body: Any) -> None:
        assert self.door(method, f"/contacts/{contact['id']}{path}", **body).status_code in ANSWERS


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody waits for a letter because they had three."""
    return replace(settings, limit_source=(), limit_address=())


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_the_changes_tell_the_list_and_the_evidence_holds(
    people: People, tool: Tool, run: Run, seed: int
) -> None:
    """PRODUCT 4.8, 4.10"""
    walk = Walk(Random(seed), people, Door(people.client, *Scope), run)
    follower, hours = Follower(tool), 0.0
    for _ in range(STEPS):
        hours += walk.random.choice([0, 0.2, 0.2, 1, 1, 20])
        with later(hours=hours):
            walk.step()
            follower.read_on()
            check(tool, follower)
    assert run("evidence", "verify", "--all").exit_code == 0


def check(tool: Tool, follower: Follower) -> None:
    """Whoever has left stays away, nobody is there twice, and list, stream and changes are one."""
    listed = {one["id"]: one for status in STATUSES for one in tool.read(f"nyhedsbrev/contacts?status={status}")}
    living = {id: one for id, one in listed.items() if one["status"] in LIVING}
    assert living == {id: one for id, one in follower.known.items() if one["status"] in LIVING}
    assert listed.keys() == follower.known.keys()
    assert not living.keys() & follower.ended
    assert len({one["email"] for one in living.values()}) == len(living)
    subscribed = {id: one for id, one in living.items() if one["status"] == "subscribed"}
    assert {one["id"]: one for one in tool.stream("nyhedsbrev/contacts.ndjson")} == subscribed
