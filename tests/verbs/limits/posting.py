"""Posts from any number of sources."""

from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Contents
from tests.people import People

HERE = "192.0.2.1"


class Poster:
    """Somebody who posts for one new address after another."""

    def __init__(self, app: Flask, people: People) -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.consents = [people.wordings()["newsletter"]]
        self.numbers = count()

    def post(self, ip: str = HERE, **more: Any) -> int:
        return self.answer(ip, **more).status_code

    def told_to_come_back_in(self) -> str | None:
        """The seconds of `Retry-After`."""
        return self.answer().headers.get("Retry-After")

    def answer(
        self, ip: str = HERE, *, domain: str = "example.org", slug: str = "nyhedsbrev", **more: Any
    ) -> TestResponse:
        body = {"email": f"p{next(self.numbers)}@{domain}", "consents": self.consents, **more}
        return self.client.post(f"/newsletters/{slug}/signups", json=body, environ_overrides={"REMOTE_ADDR": ip})

    def ask_for_link(self, ip: str = HERE, *, domain: str = "example.org") -> int:
        body = {"email": f"p{next(self.numbers)}@{domain}"}
        return self.client.post("/manage", json=body, environ_overrides={"REMOTE_ADDR": ip}).status_code

    def post_until_refused(self, ip: str = HERE, **more: Any) -> int:
        """How many were taken."""
        taken = 0
        while self.post(ip, **more) == 202:
            taken += 1
        return taken


Limited = Callable[..., Poster]


def hits(contents: Callable[[], Contents]) -> list[str]:
    return contents()["post_hits"]
