"""A company's own site with the form on it, in one of the ways that /embed offers (PRODUCT 5.1)."""

from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House

NUMBER = count(1)
FORBIDDING = "default-src 'none'; base-uri 'none'"
"""What a site may allow nothing of, but for what it is told to."""
THANKS = "Check your inbox"


def fill(form: Page | object, address: str) -> None:
    form.get_by_label("E-mail address", exact=True).fill(address)  # type: ignore[attr-defined]
    form.get_by_label("First name (optional)").fill("Grace")  # type: ignore[attr-defined]
    form.get_by_label("Invitations to events, fairs and webinars", exact=True).check()  # type: ignore[attr-defined]
    form.get_by_role("checkbox", name="may send me").check()  # type: ignore[attr-defined]


def confirmed(house: House, page: Page, address: str) -> None:
    page.goto(f"{house.url}{house.inbox.link(address)}")
    expect(page.get_by_text("Grace", exact=True)).to_be_visible()
    expect(page.locator("dl").get_by_text("Invitations to events, fairs and webinars", exact=True)).to_be_visible()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is confirmed")


REFERRERS = pytest.mark.parametrize("referrer", ["", "no-referrer"])
