"""Every page can be used by everybody: axe finds nothing, in any state, language and theme (F1 to F11)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.house import House
from tests.browser.views import GROUPS, View

Group = Callable[[House, str], Iterator[View]]
LANGUAGES = ["da", "de", "en"]
AXE = Axe()
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that a theme can change."""


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = AXE.run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page(house: House, open_browser: Opener, language: str, group: Group) -> None:
    page = open_browser(locale=language, color_scheme="light")
    found: dict[str, list[str]] = {}

    for view in group(house, language):
        view.steps(page)
        found[view.name] = violations(page, RULES)
        if language == "de":  # a theme is the same in every language, and German has the longest words
            page.emulate_media(color_scheme="dark")
            found[f"{view.name}, dark"] = violations(page, COLOURS)
            page.emulate_media(color_scheme="light")

    assert {name: problems for name, problems in found.items() if problems} == {}
    assert len(found) >= 4


def test_the_page_about_the_machine_interface_is_for_people_too(open_browser: Opener) -> None:
    page = open_browser(viewport={"width": 320, "height": 700})
    page.goto("/api/v1/docs")

    assert violations(page, RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.locator("p code").all_inner_texts()[:2] == ["Newsletter-Changes-After", "application/problem+json"]


def test_axe_would_find_a_fault(house: House, page: Page) -> None:
    """F6, F11: also a button that is too small for a finger."""
    small = '<button style="all: unset; width: 9px; height: 9px; display: inline-block">x</button>' * 2
    page.goto(house.site.put("/faulty", f"<main><h1>Form</h1><input>{small}</main>"))

    assert {"label", "target-size"} <= {problem.partition(":")[0] for problem in violations(page, RULES)}
