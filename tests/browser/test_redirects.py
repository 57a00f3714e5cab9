"""Where the catalogue sends people after a step, their browser goes (PRODUCT 4.1): the page's own policy lets it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House, document
from tests.browser.views import Guest, press

STEPS = ("signed_up", "confirmed", "cancelled", "unsubscribed")


@pytest.fixture(autouse=True)
def redirects(house: House) -> Iterator[None]:
    """To a page of the site for each step."""
    targets = {step: house.site.put(f"/{step}", f"<h1>{step}</h1>") for step in STEPS}
    lines = "".join(f'{step} = "{target}"\n' for step, target in targets.items())
    usual = document(house.site)
    sender = "[newsletters.nyhedsbrev.sender]\n"
    house.apply(usual.replace(sender, f"[newsletters.nyhedsbrev.redirects]\n{lines}\n{sender}"))
    yield
    house.apply(usual)


def arrives(page: Page, step: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(step)


def test_after_each_step_the_browser_is_where_the_catalogue_says(house: House, page: Page) -> None:
    ada = Guest.new(house, "en")
    page.goto("/newsletters/nyhedsbrev?language=en")
    page.locator("#email").fill(ada.address)
    page.locator("#consent").check()
    press(page, "main form button")
    arrives(page, "signed_up")

    page.goto(ada.link())
    press(page, "#confirm button")
    arrives(page, "confirmed")

    page.goto(ada.way_out)
    press(page, "#unsubscribe button")
    arrives(page, "unsubscribed")


def test_also_after_this_was_not_me(house: House, page: Page) -> None:
    eve = Guest.new(house, "en").ask()
    page.goto(eve.link("cancel"))
    press(page, "#cancel button")

    arrives(page, "cancelled")


def test_a_pasted_form_goes_there_under_the_policy_that_the_embed_page_names(house: House, page: Page) -> None:
    """Browsers hold a form to its site's `form-action` also where it is led on to."""
    ada = Guest.new(house, "en")
    page.goto("/newsletters/nyhedsbrev/embed?language=en")
    form, policy = page.locator("#plain").inner_text(), page.locator("#plain-policy").inner_text()
    page.goto(house.site.put("/pasted", form, Content_Security_Policy=policy.replace("\n", " ")))
    page.get_by_label("E-mail address", exact=True).fill(ada.address)
    page.get_by_role("checkbox", name="may send me").check()
    press(page, "button")

    arrives(page, "signed_up")


def test_the_script_of_one_line_goes_there_too(house: House, page: Page) -> None:
    ada = Guest.new(house, "en")
    script = f'<script src="{house.url}/embed.js" data-newsletter="nyhedsbrev" data-language="en"></script>'
    page.goto(house.site.put("/with-script", script))
    page.get_by_label("E-mail address", exact=True).fill(ada.address)
    page.get_by_role("checkbox", name="may send me").check()
    page.get_by_role("button", name="Sign up").click()

    arrives(page, "signed_up")
