"""Letters as people see them: every one, in every language, light and dark, nothing loaded (A3.2, A3.4, F10)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request

from newsletter.commands import previews
from tests.browser.conftest import Opener
from tests.browser.house import House
from tests.browser.test_accessibility import COLOURS, RULES, violations

ADVERTISING = re.compile(
    r"welcome|willkommen|velkommen|\boffer|angebot|tilbud|discount|rabat|\bfree\b|gratis|kostenlos|congratulat|"
    r"tillykke|glückwunsch|click here|klik her|klicken sie hier|facebook|linkedin|instagram|!",
    re.IGNORECASE,
)
SCREENS = {"phone": (360, "light"), "desk": (1280, "light"), "phone at night": (360, "dark")}
EMPTIEST = 10_000  # bytes of a picture; a blank one has a tenth of it
CONTACT = "nyhedsbrev@example.org"


@pytest.fixture(scope="module")
def letters(house: House, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What `flask letters preview` writes."""
    folder = tmp_path_factory.mktemp("letters")
    ran = house.app.test_cli_runner().invoke(args=["letters", "preview", str(folder)])
    found = sorted(folder.glob("*.html"))
    assert f"{len(found)} letters are in {folder}." in ran.output
    return found


def test_there_is_every_letter_in_every_language(house: House, letters: list[Path]) -> None:
    """C20: each says whom to write to when something is wrong."""
    for kind in previews.kinds():
        for language in ("da", "de", "en"):
            names = {letter.name for letter in letters}
            assert {f"{slug}-{kind}-{language}.html" for slug in ("nyhedsbrev", "webshop")} <= names
    known = {"confirmation", "already_subscribed", "addition", "welcome", "goodbye", "fresh_link"}
    assert known <= set(previews.kinds())
    for letter in letters:
        assert letter.with_suffix(".eml").read_bytes().startswith(b"From: ")
        assert "@{" not in letter.read_text() + letter.with_suffix(".txt").read_text()
        assert CONTACT in letter.read_text()
        assert CONTACT in letter.with_suffix(".txt").read_text()


def test_every_letter_shows_itself_and_loads_nothing(letters: list[Path], open_browser: Opener) -> None:
    for width, theme in SCREENS.values():
        page = open_browser(viewport={"width": width, "height": 700}, color_scheme=theme)
        asked: list[Request] = []
        page.on("request", lambda request, asked=asked: asked.append(request))
        for letter in letters[:: 1 if theme == "light" else 3]:
            page.set_content(letter.read_text())
            assert len(page.screenshot(full_page=True)) > EMPTIEST, letter.name
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, letter.name
        assert asked == []


def test_axe_finds_nothing_in_any_letter(letters: list[Path], page: Page) -> None:
    """Mail programs have landmarks of their own, so a letter need not."""
    options = {**RULES, "rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}
    found: dict[str, list[str]] = {}
    for letter in letters:
        if letter.name.startswith("nyhedsbrev"):
            page.emulate_media(color_scheme="light")
            page.set_content(letter.read_text())
            found[letter.name] = violations(page, options)
            page.emulate_media(color_scheme="dark")
            found[f"{letter.name}, dark"] = violations(page, COLOURS)

    assert {name: problems for name, problems in found.items() if problems} == {}


def test_no_letter_advertises_and_all_lead_to_us_or_to_the_privacy_notice(house: House, letters: list[Path]) -> None:
    for letter in letters:
        markup, text = letter.read_text(), letter.with_suffix(".txt").read_text()
        hosts = set(re.findall(r"https?://([^/\s\"<]+)", markup + text))
        assert hosts <= {
            house.url.removeprefix("http://"),
            "www.example.org" if letter.name.startswith("nyhedsbrev") else "shop.example.org",
        }, letter.name
        assert not re.search(r"<img|<link|<script|url\(|@import|\bsrc=", markup), letter.name
        shown = re.sub(r"<style.*?</style>|<[^>]*>", "", markup, flags=re.DOTALL).replace("<!doctype html>", "")
        assert ADVERTISING.findall(shown) == [], letter.name
        assert ADVERTISING.findall(text) == [], letter.name
