"""The shortcuts of confirming, and that no scanner ever takes one (PRODUCT 4.4, B6.1, B6.2)."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from newsletter import clock
from tests.browser.conftest import Opener
from tests.browser.house import House, document
from tests.browser.views import press
from tests.people import later, text_of

NUMBER = count(1)
ON = "[newsletters.nyhedsbrev.shortcuts]\nsame_browser = true\ncode = true\n\n"
SENDER = "[newsletters.nyhedsbrev.sender]\n"
CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", re.MULTILINE)
CONFIRMED = "Thank you, this is confirmed"


@pytest.fixture(autouse=True)
def shortcuts(house: House) -> Iterator[None]:
    """Both are on."""
    usual = document(house.site)
    house.apply(usual.replace(SENDER, ON + SENDER))
    yield
    house.apply(usual)


@pytest.fixture
def address() -> str:
    return f"grace.shortcut.{next(NUMBER)}@example.org"


def sign_up(page: Page, address: str) -> None:
    page.goto("/newsletters/nyhedsbrev?language=en")
    page.locator("#email").fill(address)
    page.locator("#consent").check()
    press(page, "main form button")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def code_of(house: House, address: str) -> str:
    return str(CODE.findall(text_of(house.inbox.letters(address)[-1]))[0])


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Code from the e-mail").fill(code)
    press(page, "#code-form button")


# The same browser


def test_in_the_browser_that_signed_up_the_link_confirms_at_once(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    page.goto(house.inbox.link(address))

    heading(page, CONFIRMED)
    assert page.context.cookies() == []


def test_the_cookie_is_all_that_there_is_and_says_nothing(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    (cookie,) = page.context.cookies()

    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == ("signup", True, "Lax", "/")
    assert "grace" not in cookie["value"]
    assert "@" not in cookie["value"]


def test_a_double_click_leaves_the_shortcut_open(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    sign_up(page, address)
    page.goto(house.inbox.link(address))

    heading(page, CONFIRMED)


def test_without_script_there_is_the_button(house: House, open_browser: Opener, address: str) -> None:
    page = open_browser(java_script_enabled=False)
    sign_up(page, address)
    page.goto(house.inbox.link(address))

    heading(page, "Please confirm")
    press(page, "#confirm button")
    heading(page, CONFIRMED)


def test_half_an_hour_later_there_is_the_button(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    link = house.inbox.link(address)
    with later(minutes=31):
        page.goto(link)
        heading(page, "Please confirm")


def test_somebody_elses_signup_is_none_of_this_browsers(
    house: House, page: Page, open_browser: Opener, address: str
) -> None:
    """Eve signs ada up in her own browser; ada, who has signed up for something herself, is asked all the same."""
    sign_up(page, f"own.{address}")
    sign_up(open_browser(), address)
    page.goto(house.inbox.link(address))

    heading(page, "Please confirm")


# Scanners


def test_a_scanner_that_runs_every_script_and_follows_every_link_confirms_nothing(
    house: House, page: Page, open_browser: Opener, address: str
) -> None:
    """B6.1, B6.2"""
    sign_up(page, address)
    scanner = open_browser()
    letter = text_of(house.inbox.letters(address)[-1])
    found = [link for link in re.findall(r"https?://\S+", letter) if link.startswith(house.url)]
    assert len(found) == 2
    for link in found:
        scanner.goto(link)
        for inner in scanner.locator("a[href^='/'], a[href^='http://127']").evaluate_all(
            "all => all.map(one => one.href)"
        ):
            scanner.goto(inner)
        scanner.goto(link)
        scanner.wait_for_load_state("networkidle")

    page.context.clear_cookies()
    page.goto(house.inbox.link(address))
    heading(page, "Please confirm")


def test_claiming_to_be_the_browser_confirms_nothing(
    house: House, page: Page, open_browser: Opener, address: str
) -> None:
    sign_up(page, address)
    liar = open_browser()
    liar.goto(house.inbox.link(address))
    liar.evaluate(
        "document.getElementById('confirm').insertAdjacentHTML('beforeend', '<input name=how value=same_browser>')"
    )
    press(liar, "#confirm button")

    heading(liar, "Please confirm")


# The code


def test_the_code_of_the_letter_confirms_on_the_waiting_page(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    type_code(page, code_of(house, address).replace("-", " ").lower())

    heading(page, CONFIRMED)


def test_a_wrong_code_is_told_and_the_right_one_still_works(house: House, page: Page, address: str) -> None:
    sign_up(page, address)
    for _ in range(4):
        type_code(page, "0000-0000")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Code from the e-mail")).to_have_accessible_description(
        re.compile("This code is not valid")
    )
    type_code(page, code_of(house, address))

    heading(page, CONFIRMED)


def test_after_five_tries_no_code_is_right_but_the_link_is(
    house: House, page: Page, open_browser: Opener, address: str
) -> None:
    sign_up(page, address)
    for _ in range(5):
        type_code(page, "ABCD-EFGH")
    type_code(page, code_of(house, address))
    expect(page.locator(".error")).to_be_visible()

    other = open_browser()
    other.goto(house.inbox.link(address))
    press(other, "#confirm button")
    heading(other, CONFIRMED)


def test_another_browser_cannot_use_the_code(house: House, page: Page, open_browser: Opener, address: str) -> None:
    sign_up(page, address)
    other = open_browser()
    other.goto("/newsletters/nyhedsbrev/inbox?language=en")
    type_code(other, code_of(house, address))

    expect(other.locator(".error")).to_be_visible()


def test_the_waiting_page_is_the_same_whether_there_is_a_signup_or_none(
    house: House, page: Page, open_browser: Opener, address: str
) -> None:
    sign_up(page, address)
    page.goto(house.inbox.link(address, "cancel"))
    page.locator("#never_again").check()
    press(page, "#cancel button")
    pages = []
    for one, asked in ((page, address), (open_browser(), f"unknown.{address}")):
        sign_up(one, asked)
        waiting = one.content()
        house.inbox.letters(asked)
        type_code(one, "0000-0000")
        pages.append((waiting, one.content(), [(c["name"], len(c["value"]) > 40) for c in one.context.cookies()]))

    assert pages[0][:2] == pages[1][:2]
    assert [name for name, _ in pages[0][2]] == [name for name, _ in pages[1][2]] == ["signup"]


def test_whoever_goes_back_and_types_it_again_is_told_again_that_it_is_confirmed(
    house: House, page: Page, address: str
) -> None:
    """As by the button; the cookie by which that is known is gone within a minute."""
    sign_up(page, address)
    for _ in range(2):
        type_code(page, code_of(house, address))
        heading(page, CONFIRMED)
        page.go_back()

    (cookie,) = page.context.cookies()
    assert cookie["expires"] <= clock.now().timestamp() + 60
