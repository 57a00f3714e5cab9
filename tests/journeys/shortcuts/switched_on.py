"""The shortcuts, switched on in the example's catalogue."""

import re
from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.conftest import EXAMPLE, Contents
from tests.people import Inbox, People, text_of

ADA, GRACE = "ada@example.org", "grace@example.org"
OWN = {"Origin": "http://localhost"}
FORM = "/newsletters/nyhedsbrev/signups"
WAITING = "/newsletters/nyhedsbrev/inbox?language=en"
CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", re.MULTILINE)


def switched_on(*names: str) -> str:
    lines = "".join(f"{name} = true\n" for name in names)
    sender = "[newsletters.nyhedsbrev.sender]\n"
    return EXAMPLE.read_text().replace(sender, f"[newsletters.nyhedsbrev.shortcuts]\n{lines}\n{sender}")


def post(people: People, address: str = ADA, headers: dict[str, str] = OWN, **more: str) -> TestResponse:
    return people.client.post(FORM, data={**people.filled(address), **more}, headers=headers)


def cookie_of(answer: TestResponse) -> str:
    """The value of the one cookie."""
    (header,) = answer.headers.getlist("Set-Cookie")
    return header.partition("=")[2].partition(";")[0]


def with_cookie(value: str) -> dict[str, str]:
    return {"Cookie": f"signup={value}"}


def code_of(inbox: Inbox, address: str) -> str:
    return str(CODE.findall(text_of(inbox.letters(address)[-1]))[0])


def confirmation_of(contents: Callable[[], Contents]) -> str:
    return next(row for row in contents()["evidence"] if "'confirmed'" in row)
