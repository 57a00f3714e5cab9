"""Pages are light, private and still: little to load, nothing from elsewhere, no cookie, no jump (PRODUCT 4.12)."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Opener
from tests.browser.house import House
from tests.browser.test_accessibility import Group
from tests.browser.views import GROUPS, Guest, press

HEAVIEST = 30 * 1024  # bytes, all told
WIDTHS = (320, 360, 768, 1280, 1920)
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHIFTS = """() => new Promise((tell) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => tell(sum)));
})"""


@dataclass
class Wire:
    """All that a browser asks for, and is answered."""

    answers: list[Response] = field(default_factory=list)

    def watch(self, page: Page) -> "Wire":
        page.on("response", lambda answer: self.answers.append(answer))
        return self

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(answer.url).netloc for answer in self.answers if not answer.url.startswith("data:")}

    def headers(self) -> list[tuple[dict[str, str], dict[str, str]]]:
        return [(answer.request.all_headers(), answer.all_headers()) for answer in self.answers]


@pytest.mark.parametrize("script", [True, False])
def test_a_whole_journey_asks_nobody_else_and_leaves_no_cookie(
    house: House, open_browser: Opener, script: bool
) -> None:
    page = open_browser(java_script_enabled=script)
    wire = Wire().watch(page)
    ada = Guest(house, "en", "nyhedsbrev", f"ada.journey.{script}@gmail.com".lower())

    page.goto("/newsletters/nyhedsbrev?language=en")
    page.locator("#email").fill(ada.address)
    page.locator("#consent").check()
    press(page, "main form button")
    page.goto(ada.link())
    press(page, "#confirm button")
    page.get_by_role("link", name="Unsubscribe").click()
    press(page, "#unsubscribe button")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    page.goto("/privacy")

    assert wire.hosts == {urlsplit(house.url).netloc}
    assert len(wire.answers) > 10
    for asked, answered in wire.headers():
        assert not {"cookie", "authorization"} & asked.keys()
        assert "set-cookie" not in answered
        for name in ("confirm", "unsubscribe", "cancel"):
            assert f"/{name}/" not in asked.get("referer", "")
    assert page.context.cookies() == []


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_page_is_light_and_still_and_fits_every_screen(house: House, open_browser: Opener, group: Group) -> None:
    """PRODUCT 6 and F6: no sideways scrolling from 320 px, which is also 1280 px at a zoom of four, to 1920;
    nor at 320 px with letters of twice their size (1.4.4)."""
    heavy, moved = {}, {}
    wide: dict[tuple[str, int | str], int] = {}
    for view in group(house, "de"):
        page = open_browser(locale="de")
        wire = Wire().watch(page)
        view.steps(page)
        heavy[view.name] = weight(wire)
        moved[view.name] = page.evaluate(SHIFTS)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            wide[view.name, width] = page.evaluate(BEYOND)
        page.set_viewport_size({"width": 320, "height": 700})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide[view.name, "200 %"] = page.evaluate(BEYOND)
        page.context.close()

    assert {name: size for name, size in heavy.items() if size > HEAVIEST} == {}
    assert {name: shift for name, shift in moved.items() if shift > 0} == {}
    assert {where: more for where, more in wide.items() if more > 0} == {}


def weight(wire: Wire) -> int:
    """The last page with all that belongs to it, as a browser without a cache would load it."""
    pages = [answer for answer in wire.answers if answer.request.is_navigation_request()]
    files = {answer.url: answer for answer in wire.answers if "/static/" in answer.url or "/brand/" in answer.url}
    return sum(len(answer.body()) for answer in [pages[-1], *files.values()])


def test_a_file_that_has_a_name_of_its_content_is_loaded_once(house: House, page: Page) -> None:
    page.goto("/newsletters/nyhedsbrev")
    sizes = [loaded_from_network(page)]
    page.goto("/newsletters/webshop")
    sizes.append(loaded_from_network(page))

    assert sizes[0] >= 2
    assert sizes[1] == 0


def loaded_from_network(page: Page) -> int:
    """How many of the page's files came over the wire."""
    return int(page.evaluate("performance.getEntriesByType('resource').filter(one => one.transferSize > 0).length"))
