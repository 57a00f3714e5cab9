"""Every flow by keyboard alone, and every flow without script (F3, F8)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.house import House
from tests.browser.views import Guest, press

MOST = 40  # stops of the Tab key on one page


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; on the way, everything that has it can be seen to have it (2.4.7)."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.evaluate("(one, wanted) => one.matches(wanted)", selector):
            outline = focused.evaluate("one => getComputedStyle(one).outlineStyle")
            assert outline == "solid", selector
            return
    raise AssertionError(f"Tab never comes to {selector}")


def enter(page: Page, key: str = "Enter") -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def window(request: pytest.FixtureRequest, open_browser: Opener) -> Page:
    return open_browser(java_script_enabled=request.param, viewport={"width": 1280, "height": 800})


def test_signing_up_and_confirming(house: House, window: Page) -> None:
    """C8, C11: nothing but the form itself stands in the way, also without script."""
    ada = Guest.new(house, "en")
    window.goto("/newsletters/nyhedsbrev?language=en")
    tab_to(window, "#email")
    window.keyboard.type(ada.address)
    tab_to(window, "#first_name")
    window.keyboard.type("Ada")
    tab_to(window, "#topic-events")
    window.keyboard.press("Space")
    tab_to(window, "#consent")
    window.keyboard.press("Space")
    tab_to(window, "main form button")
    enter(window)
    heading(window, "Check your inbox")

    window.goto(ada.link())
    tab_to(window, "#confirm button")
    enter(window, "Space")
    heading(window, "Thank you, this is confirmed")


def test_every_field_says_what_it_is_for(house: House, page: Page) -> None:
    """F1, F2"""
    page.goto("/newsletters/nyhedsbrev?language=en")
    purposes = house.people.client.get("/newsletters/nyhedsbrev/form.json?language=en").get_json()["purposes"]

    for label, kind, filled_by in (
        ("E-mail address", "email", "email"),
        ("First name (optional)", "text", "given-name"),
        ("Last name (optional)", "text", "family-name"),
    ):
        field = page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("type", kind)
        expect(field).to_have_attribute("autocomplete", filled_by)
    expect(page.locator("#email-hint ~ #email")).to_have_accessible_description("The only thing that is needed.")
    for text in [one["text"] for purpose in purposes for one in purpose["wordings"] if one["language"] == "en"]:
        page.get_by_text(text, exact=True).click()
        expect(page.get_by_label(text, exact=True)).to_be_checked()


def test_the_trap_is_no_stop_on_the_way(house: House, window: Page) -> None:
    """C9, F7: nobody who uses a keyboard or a screen reader comes across it."""
    window.goto("/newsletters/nyhedsbrev?language=en")
    for _ in range(MOST):
        window.keyboard.press("Tab")
        assert not window.locator("[name=website]:focus").count()
    assert "Leave this empty" not in window.locator("body").aria_snapshot()
    expect(window.locator("[name=website]")).not_to_be_in_viewport()
    expect(window.locator("[name=website]")).to_have_attribute("autocomplete", "off")


def test_mistakes_take_the_focus_and_lead_to_their_field(house: House, window: Page) -> None:
    window.goto("/newsletters/nyhedsbrev?language=en")
    tab_to(window, "#email")
    window.keyboard.type("=ada@example.org")
    tab_to(window, "#consent")
    window.keyboard.press("Space")
    tab_to(window, "main form button")
    enter(window)

    expect(window).to_have_title("Error: Sign-up – Konica Minolta newsletter")
    expect(window.locator(".notice.wrong")).to_be_focused()
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    expect(window.locator("#email")).to_be_focused()
    expect(window.locator("#email")).to_have_value("=ada@example.org")
    expect(window.locator("#email")).to_have_accessible_description(
        "The only thing that is needed. Error: Enter one e-mail address, like name@example.org."
    )


def test_saying_that_it_was_somebody_else(house: House, window: Page) -> None:
    eve = Guest.new(house, "en").ask()
    window.goto(eve.link("cancel"))
    tab_to(window, "#never_again")
    window.keyboard.press("Space")
    tab_to(window, "#cancel button")
    enter(window)

    heading(window, "Done: nothing will be sent")
    expect(window.get_by_text("you do not want to be written to again")).to_be_visible()


def test_leaving(house: House, window: Page) -> None:
    ada = Guest.new(house, "en").subscribe()
    window.goto(ada.way_out)
    tab_to(window, "#unsubscribe button")
    enter(window)

    heading(window, "You are unsubscribed")


def test_asking_for_the_own_page(house: House, window: Page) -> None:
    ada = Guest.new(house, "en").subscribe()
    window.goto("/manage")
    tab_to(window, "#email")
    window.keyboard.type(ada.address)
    enter(window)
    heading(window, "Check your inbox")

    window.goto(ada.link("me"))
    heading(window, "What is kept about you")


def test_the_languages_are_links(window: Page) -> None:
    window.goto("/newsletters/nyhedsbrev?language=en")
    tab_to(window, "a[hreflang=da]")
    enter(window)

    expect(window.locator("html")).to_have_attribute("lang", "da")
    expect(window.get_by_role("button", name="Tilmeld")).to_be_visible()


def test_a_title_says_what_became_of_it(house: House, page: Page) -> None:
    """F8: also for who hears the title first."""
    titles = {}
    ada = Guest.new(house, "en").ask()
    page.goto(ada.link())
    titles["asked"] = page.title()
    press(page, "#confirm button")
    titles["confirmed"] = page.title()
    page.goto(ada.way_out)
    titles["leaving"] = page.title()
    press(page, "#unsubscribe button")
    titles["left"] = page.title()

    name = "Konica Minolta newsletter"
    assert list(titles.values()) == [
        f"Please confirm – {name}",
        f"Confirmed – {name}",
        f"Unsubscribe – {name}",
        f"You are unsubscribed – {name}",
    ]


def test_help_is_a_link_in_the_same_place_on_every_page(house: House, page: Page) -> None:
    """F9 (WCAG 3.2.6): the last of the links under each page."""
    ada = Guest.new(house, "en").subscribe()
    for path in (
        "/",
        "/newsletters/nyhedsbrev?language=en",
        "/manage",
        "/privacy",
        ada.link(),
        ada.way_out,
        "/confirm/x",
    ):
        page.goto(path)
        last = page.locator("footer .links li:last-child a")
        expect(last).to_have_text("Contact and help")
        expect(last).to_have_attribute("href", re.compile(r"^/privacy\?language=..#contact$"))
    last.click()
    expect(page.locator("#contact")).to_be_in_viewport()
