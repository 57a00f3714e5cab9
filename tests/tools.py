"""What tests of connectors share: the service with a file of connectors, its worker's turns, and people's contacts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from click.testing import Result
from flask import Flask

from newsletter import addresses, config, feed, privacy, selfservice, signups, subscriptions
from newsletter.db import reader
from newsletter.feed import ConnectorState, Copy, connectors
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.people import People


@dataclass
class Tools:
    """The operator, who declares connectors and runs workers."""

    make_app: Callable[..., Flask]
    folder: Path
    app: Flask | None = None

    def declare(self, text: str, **secrets: str) -> None:
        file = self.folder / "connectors.toml"
        file.write_text(text)
        self.app = self.make_app(
            connectors=str(file),
            connector_secrets=tuple(secrets.items()),
            private_targets=config.networks("127.0.0.0/8"),
        )

    @property
    def declared(self) -> Flask:
        assert self.app is not None, "declare a connector first"
        return self.app

    def runners(self) -> list[connectors.Runner]:
        """One more worker's."""
        return connectors.runners(self.declared.config["SETTINGS"])

    def push(self) -> None:
        """All that is due goes to the tools."""
        with self.declared.app_context():
            connectors.run_once(self.declared, self.runners(), Event())

    def flask(self, *args: str) -> Result:
        with self.declared.app_context():
            return self.declared.test_cli_runner().invoke(args=args)


def state(connector: str) -> ConnectorState:
    with reader() as session:
        return session.get_one(ConnectorState, connector)


def copies() -> list[Copy]:
    with reader() as session:
        return list(session.query(Copy))


def contact_of(address: str) -> Mapping[str, Any]:
    """Their newest contact."""
    found: dict[str, Any] = json.loads(feed.contacts_of(address)[-1].document)
    return found


def rename(address: str, first_name: str) -> None:
    """Staff put a name right."""
    wishes = Wishes(fields={"first_name": first_name}, language=None, topics=None)
    subscriptions.rectify(contact_of(address)["id"], wishes, Cause(Channel.STAFF))


def move(people: People, address: str, to: str) -> None:
    """They ask for another address, and press the button in the letter there."""
    selfservice.change_address(contact_of(address)["id"], addresses.parse(to), Cause(Channel.ME))
    people.press(people.inbox.link(to), "confirm")


def leave(address: str) -> None:
    signups.leave(contact_of(address)["id"], Cause(Channel.STAFF))


def erase(address: str) -> None:
    privacy.erase(contact_of(address)["id"], Cause(Channel.STAFF))


def restrict(address: str) -> None:
    privacy.restrict(contact_of(address)["id"], Cause(Channel.STAFF))


def lift(address: str) -> None:
    privacy.lift(contact_of(address)["id"], Cause(Channel.STAFF))
