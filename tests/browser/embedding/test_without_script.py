"""The form as plain HTML, in a frame and behind a link (PRODUCT 5.1)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.embedding.site import REFERRERS, confirmed, fill
from tests.browser.house import House


@REFERRERS
@pytest.mark.parametrize("script", [True, False])
def test_the_plain_form_works_under_its_own_policy(
    house: House, open_browser: Opener, put: Callable[..., str], address: str, referrer: str, script: bool
) -> None:
    page = open_browser(java_script_enabled=script)
    page.goto(put("plain", **({"Referrer_Policy": referrer} if referrer else {})))
    trap = page.locator("[name=website]")
    box = trap.bounding_box()
    assert box is not None
    assert box["x"] < -1000
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page).to_have_title("Check your inbox – Konica Minolta newsletter")
    confirmed(house, page, address)


def test_a_pasted_form_sends_every_letter_whatever_its_page_is_written_in(
    house: House, page: Page, offered: Callable[[str], str], address: str
) -> None:
    """A page that is not in UTF-8 would send what it has no letter for as `&#321;`, and that became the name."""
    old = f"<!doctype html><title>News</title><main>{offered('plain')}</main>".encode("iso-8859-1")
    house.site.pages["/old"] = old, {"Content-Type": "text/html; charset=iso-8859-1"}
    page.goto(f"{house.site.url}/old")
    fill(page, address)
    page.get_by_label("First name (optional)").fill("Łucja Ørsted")
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_title("Check your inbox – Konica Minolta newsletter")

    page.goto(f"{house.url}{house.inbox.link(address)}")
    expect(page.get_by_text("Łucja Ørsted", exact=True)).to_be_visible()


def test_the_frame_is_as_high_as_its_page_and_signs_up(
    house: House, open_browser: Opener, put: Callable[..., str], address: str
) -> None:
    page = open_browser(viewport={"width": 700, "height": 800})
    page.goto(put("frame"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Sign up")).to_be_visible()
    inner = page.frames[1]
    needed = inner.evaluate("document.body.getBoundingClientRect().height")
    expect(page.locator("iframe")).to_have_css("height", re.compile(rf"^{int(needed)}|{int(needed) + 1}"))

    fill(frame, address)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(page.locator("iframe")).not_to_have_css("height", f"{int(needed)}px")
    confirmed(house, page, address)


def test_the_frame_gets_its_height_from_a_script_that_comes_after_it_too(
    house: House, page: Page, offered: Callable[[str], str]
) -> None:
    """As tag managers and banners load it."""
    frame = offered("frame").partition("<script")[0]
    page.goto(house.site.put("/late", frame))
    expect(page.frame_locator("iframe").get_by_role("button", name="Sign up")).to_be_visible()
    page.add_script_tag(url=f"{house.url}/embed.js")

    needed = page.frames[1].evaluate("document.body.getBoundingClientRect().height")
    expect(page.locator("iframe")).to_have_css("height", re.compile(rf"^{int(needed)}|{int(needed) + 1}"))


def test_mistakes_in_the_frame_come_back_in_the_frame(page: Page, put: Callable[..., str], address: str) -> None:
    page.goto(put("frame"))
    frame = page.frame_locator("iframe")
    fill(frame, "=grace@example.org")
    frame.get_by_role("button", name="Sign up").click()

    expect(frame.get_by_role("link", name="E-mail address: Enter one")).to_be_visible()
    expect(frame.get_by_label("First name (optional)")).to_have_value("Grace")


@pytest.mark.parametrize(("typed", "told"), [("=", "Please check what you entered"), ("", "Check your inbox")])
def test_what_a_press_in_the_frame_led_to_is_brought_into_sight(
    house: House, page: Page, offered: Callable[[str], str], address: str, typed: str, told: str
) -> None:
    """The frame is longer than the screen, and its button stands at its end; below it the site goes on (F3)."""
    page.goto(house.site.put("/long", f"<main>{offered('frame')}<p style='height: 3000px'>More</p></main>"))
    frame = page.frame_locator("iframe")
    fill(frame, f"{typed}{address}")
    frame.get_by_role("button", name="Sign up").click()

    expect(frame.get_by_role("heading", name=told)).to_be_in_viewport()
    if typed:
        expect(frame.get_by_role("alert")).to_be_focused()


def test_the_frame_does_not_move_a_page_that_is_only_read(
    house: House, page: Page, offered: Callable[[str], str]
) -> None:
    page.goto(house.site.put("/read", f"<main>{offered('frame')}<p style='height: 3000px'>More</p></main>"))
    page.evaluate("scrollTo(0, 2500)")
    expect(page.locator("iframe")).not_to_have_css("height", "1200px")
    page.set_viewport_size({"width": 700, "height": 740})
    page.wait_for_timeout(300)

    assert page.locator("iframe").evaluate("frame => frame.getBoundingClientRect().top") < 0


def test_a_foreign_site_cannot_frame_it(house: House, page: Page, offered: Callable[[str], str]) -> None:
    house.site.put("/frame", offered("frame"))
    page.goto(f"http://127.0.0.1:{house.site.port}/frame")

    expect(page.locator("iframe")).to_be_visible()
    assert "newsletter" not in page.frames[1].url.partition("?")[0] or not page.frames[1].locator("form").count()


def test_the_button_leads_to_the_hosted_page(house: House, page: Page, offered: Callable[[str], str]) -> None:
    style = f"<style>{offered('button-style')}</style>"
    page.goto(house.site.put("/button", f"{style}{offered('button')}"))
    link = page.get_by_role("link", name="Sign up for")
    expect(link).to_have_css("background-color", "rgb(0, 98, 163)")
    link.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Konica Minolta newsletter")
