"""People, for journeys: they see pages and their own mail, and press buttons. Nobody here looks into the database."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import access, clock, outbox, selfservice
from newsletter.access import Scope
from tests.servers import Relay

LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


def later(**span: float) -> time_machine.travel:
    """The block happens so much later by the service's clock, which goes on: `with later(minutes=10):`."""
    return time_machine.travel(clock.now() + timedelta(**span), tick=True)


def at(*instant: int) -> time_machine.travel:
    """The block happens at this instant, in UTC: `with at(2027, 1, 31):`."""
    return time_machine.travel(datetime(*instant, tzinfo=UTC), tick=True)  # type: ignore[misc]


def heard(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that somebody outside can compare; the request's own id is drawn anew for each."""
    headers = [(name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Date")]
    return answer.status_code, headers, answer.data


@dataclass
class Inbox:
    """Everybody's mail, as it came through the relay."""

    app: Flask
    relay: Relay

    def work(self) -> None:
        """Let the worker send whatever is due."""
        courier = outbox.Courier(selfservice.Author())
        while courier.deliver_due():
            pass
        courier.close()

    def letters(self, address: str) -> list[EmailMessage]:
        self.work()
        return self.arrived(address)

    def arrived(self, address: str) -> list[EmailMessage]:
        """What was sent so far."""
        return [letter.message for letter in self.relay.letters if letter.recipients == (address,)]

    def subjects(self, address: str) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters(address)]

    def links(self, address: str, purpose: str = "confirm") -> list[str]:
        """The path of this purpose's link in each letter that has one, oldest first."""
        return [path for letter in self.letters(address) for path in paths_in(letter, purpose)]

    def link(self, address: str, purpose: str = "confirm") -> str:
        """The path of the newest letter's link of this purpose."""
        return self.links(address, purpose)[-1]


def paths_in(letter: EmailMessage, purpose: str) -> list[str]:
    """The paths of its links of this purpose."""
    paths = [urlsplit(link).path for link in LINK.findall(text_of(letter))]
    return [path for path in paths if path.startswith(f"/{purpose}/")]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Forms(HTMLParser):
    """The forms of a page: by id, each with its action and the fields that pressing its button would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self.inside: dict[str, Any] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "form":
            self.inside = {"action": found.get("action"), "fields": {}, "boxes": []}
            self.forms[found.get("id") or ""] = self.inside
        elif tag == "input" and self.inside is not None and found.get("name"):
            self.take(str(found["name"]), found)

    def take(self, name: str, found: dict[str, str | None]) -> None:
        assert self.inside is not None
        if found.get("type") in ("checkbox", "radio"):
            self.inside["boxes"].append(found)
            if "checked" not in found:
                return
        self.inside["fields"][name] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None


@dataclass
class People:
    """What a person does, step by step."""

    client: FlaskClient
    inbox: Inbox

    def wordings(self, slug: str = "nyhedsbrev", language: str = "en") -> dict[str, str]:
        """The ids of the texts that the form shows in this language."""
        form = self.client.get(f"/newsletters/{slug}/form.json").get_json()
        return {
            purpose["id"]: wording["id"]
            for purpose in form["purposes"]
            for wording in purpose["wordings"]
            if wording["language"] == language
        }

    def ask(
        self, address: str, *, slug: str = "nyhedsbrev", language: str = "en", tracking: bool = False, **more: Any
    ) -> TestResponse:
        """Fill in the form and send it."""
        fields = {**self.filled(address, slug, language, tracking), **more}
        return self.client.post(f"/newsletters/{slug}/signups", data=fields)

    def ask_each(self, *addresses: str) -> Sequence[str]:
        """Each of them asks; they all."""
        for address in addresses:
            assert self.ask(address).status_code == 303
        return addresses

    def ask_by_script(
        self, address: str, *, slug: str = "nyhedsbrev", language: str = "en", tracking: bool = False, **more: Any
    ) -> TestResponse:
        """The same through a site's script."""
        filled = self.filled(address, slug, language, tracking)
        consents = filled.pop("consent")
        return self.client.post(f"/newsletters/{slug}/signups", json={**filled, "consents": consents, **more})

    def filled(
        self, address: str, slug: str = "nyhedsbrev", language: str = "en", tracking: bool = False
    ) -> dict[str, Any]:
        """The fields of a form that was filled in as it should be."""
        wordings = self.wordings(slug, language)
        consents = [wordings["newsletter"], *([wordings["tracking"]] if tracking else [])]
        return {"email": address, "language": language, "consent": consents}

    def press(self, path: str, form: str, **changes: Any) -> TestResponse:
        """Open a link and press the button of the page's form."""
        return self.client.post(path, data={**self.opened(path, form), **changes})

    def opened(self, path: str, form: str) -> dict[str, Any]:
        """What the page's form would send."""
        fields: dict[str, Any] = Forms(self.client.get(path).text).forms[form]["fields"]
        return fields

    def confirm(self, address: str, **changes: Any) -> TestResponse:
        return self.press(self.inbox.link(address), "confirm", **changes)

    def subscribe(self, *addresses: str, **asked: Any) -> TestResponse:
        """All of it, for each of them: ask, read the mail, press the button. The last one's receipt."""
        for address in addresses:
            assert self.ask(address, **asked).status_code == 303
        self.inbox.work()
        letters = [self.inbox.arrived(address)[-1] for address in addresses]
        return [self.press(paths_in(letter, "confirm")[-1], "confirm") for letter in letters][-1]

    def unsubscribe_link(self, address: str) -> str:
        """The path on the receipt of somebody who has just confirmed; the newsletters' own letters have it too."""
        receipt = self.client.get(self.inbox.link(address)).text
        found = re.search(r'href="(?:https?://[^/"]+)?(/unsubscribe/[^"]+)"', receipt)
        assert found is not None
        return found[1]

    def fresh_link(self, address: str) -> str:
        """The path of a fresh link to the person's own page, asked for and read in the mail."""
        self.client.post("/manage", data={"email": address})
        return self.inbox.link(address, "me")

    def leave(self, address: str) -> TestResponse:
        return self.press(self.unsubscribe_link(address), "unsubscribe")


def post(people: People, link: str, form: str, **changes: object) -> TestResponse:
    """Press the button of one of the page's forms, by its own action."""
    found = Forms(people.client.get(link).text).forms[form]
    return people.client.post(str(found["action"]), data={**found["fields"], **changes})


@dataclass
class Tool:
    """The marketing tool: what it knows of people is what the feed tells it."""

    client: FlaskClient

    def __post_init__(self) -> None:
        self.key = access.create("tool", [Scope.FEED_READ], [], None)

    def read(self, path: str) -> Any:
        return self.get(path).get_json()["items"]

    def stream(self, path: str) -> list[Any]:
        return [json.loads(line) for line in self.get(path).text.splitlines()]

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(f"/api/v1/newsletters/{path}", headers={"Authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200
        return answer

    def contact(self, address: str, slug: str = "nyhedsbrev") -> dict[str, Any]:
        """The newest contact of this address, whatever its status; `{}` when there is none."""
        for status in ("subscribed", "suspended", "restricted", "unsubscribed"):  # nobody is two of the first three
            own = [one for one in self.read(f"{slug}/contacts?status={status}") if one["email"] == address]
            if own:
                return max(own, key=lambda one: str(one["id"]))
        return {}

    def changes(self, slug: str = "nyhedsbrev") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.read(f"{slug}/changes")
        return found

    def kinds(self, slug: str = "nyhedsbrev") -> list[str]:
        return [str(change["kind"]) for change in self.changes(slug)]

    def link(self, address: str, name: str = "manage", slug: str = "nyhedsbrev") -> str:
        """The path of a long-lived link, as the tool puts it into every newsletter."""
        return urlsplit(self.contact(address, slug)["links"][name]).path
