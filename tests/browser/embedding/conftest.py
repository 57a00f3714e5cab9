"""The form as /embed offers it, put on a site under the policy that it names."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.embedding.site import FORBIDDING, NUMBER
from tests.browser.house import House


@pytest.fixture
def address() -> str:
    """Somebody new."""
    return f"grace.{next(NUMBER)}@example.org"


@pytest.fixture
def offered(house: House, page: Page) -> Callable[[str], str]:
    """What stands on the embed page under an id, as somebody would copy it."""
    page.goto("/newsletters/nyhedsbrev/embed?language=en")
    return lambda name: page.locator(f"#{name}").inner_text()


@pytest.fixture
def put(house: House, offered: Callable[[str], str]) -> Callable[..., str]:
    """A page of the company's site with one of the ways on it, and with the policy that belongs to it."""

    def put_one(way: str, **headers: str) -> str:
        policy = "; ".join([FORBIDDING, *re.split(r";\n", offered(f"{way}-policy"))])
        named = {"Content_Security_Policy": policy, **headers}
        return house.site.put(f"/{way}", f"<main><h1>News</h1>{offered(way)}</main>", **named)

    return put_one
