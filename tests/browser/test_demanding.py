"""Whatever a catalogue may say, its pages can be read: the longest words, and the faintest colour (F6, F11)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.house import House, document
from tests.browser.test_accessibility import COLOURS, violations
from tests.browser.test_lightness import BEYOND
from tests.browser.views import Guest, posts

NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsrundschreiben"
COMPANY = f"{NAME} mbH"
LABEL = "Vorname oder Rufname, so wie wir Sie in unseren Schreiben ansprechen dürfen"
FAINTEST = "#767676"
"""Of greys, the lightest that the catalogue takes for a button's."""
BREADTHS = "all => all.map(one => one.getBoundingClientRect().width)"


@pytest.fixture(autouse=True)
def demanding(house: House) -> Iterator[None]:
    usual = document(house.site)
    changed = {"Konica Minolta Business Solutions Denmark a/s": COMPANY, "#0062a3": FAINTEST}
    changed |= {'de = "Konica-Minolta-Newsletter"': f'de = "{NAME}"', 'de = "Vorname"': f'de = "{LABEL}"'}
    text = usual
    for old, new in changed.items():
        text = text.replace(old, new)
    house.apply(text)
    yield
    house.apply(usual)


def test_long_names_and_labels_leave_room_for_what_they_name(house: House, open_browser: Opener) -> None:
    window = open_browser(locale="de", viewport={"width": 1280, "height": 800})
    ada = Guest.new(house, "de").ask()

    window.goto(ada.link())
    assert min(window.locator("#confirm dd").evaluate_all(BREADTHS)) > 300
    house.people.confirm(ada.address)
    for path in (ada.manage, ada.me()):
        for width in (320, 1280):
            window.set_viewport_size({"width": width, "height": 800})
            window.goto(path)
            assert window.evaluate(BEYOND) == 0, (path, width)


@pytest.mark.parametrize("way", ["line", "plain"])
def test_long_names_make_no_page_wider_that_has_the_form_on_it(house: House, page: Page, way: str) -> None:
    page.goto("/newsletters/nyhedsbrev/embed?language=de")
    style, form = (page.locator(f"#{name}").inner_text() for name in ("plain-style", way))
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(house.site.put("/long", f"<style>{style if way == 'plain' else ''}</style>{form}"))

    expect(page.get_by_role("checkbox", name="darf mir")).to_be_visible()
    assert page.evaluate(BEYOND) == 0


def test_long_names_stay_within_a_letter(house: House, page: Page, tmp_path: Path) -> None:
    house.app.test_cli_runner().invoke(args=["letters", "preview", str(tmp_path)])

    wide = {}
    for letter in tmp_path.glob("nyhedsbrev-*-de.html"):
        page.set_content(letter.read_text())
        wide[letter.name] = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert len(wide) >= 9
    assert {name: more for name, more in wide.items() if more > 0} == {}


def test_a_name_that_is_written_from_right_to_left_stands_so_in_its_field_and_parts_nothing_else(
    house: House, page: Page
) -> None:
    name = "محمد (علي)"
    ada = Guest.new(house, "de").ask(first_name=name)

    page.goto(ada.link())
    assert page.locator("#confirm bdi").first.inner_text() == name
    house.people.confirm(ada.address)
    page.goto(ada.me())
    named = page.locator("input[name=first_name]")
    assert named.input_value() == name
    assert named.evaluate("one => getComputedStyle(one).direction") == "rtl"


def test_the_faintest_colour_is_read_in_a_list_of_mistakes_too(house: House, page: Page) -> None:
    wrong = posts("/newsletters/nyhedsbrev?language=de", "document.forms[0].noValidate = true", email="nonsense@")

    wrong(page)

    assert page.locator(".notice a").count() == 2
    assert violations(page, COLOURS) == []
