"""`make screenshots`: every page in every state, in three languages, two widths and two themes, as pictures.

python -m tests.browser.gallery FOLDER [NAME ...]      only the views of these names, and letters
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.browser.house import House, chromium, house
from tests.browser.views import views
from tests.conftest import migrate

LANGUAGES = ("da", "de", "en")
WIDTHS = {360: 740, 1280: 800}
THEMES = ("light", "dark")


def main(folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary, chromium() as browser:
        database = Path(temporary, "newsletter.db")
        migrate(f"sqlite:///{database}")
        with house(database) as built:
            for language in LANGUAGES:
                hang_pages(built, browser, language, folder, names)
            hang_letters(built, browser, folder, names)


def hang_pages(built: House, browser: Browser, language: str, folder: Path, names: Sequence[str]) -> None:
    """One visit for each view: a press that is done cannot be done again."""
    window = {"width": 1280, "height": 800}
    context = browser.new_context(base_url=built.url, locale=language, viewport=window, reduced_motion="reduce")
    page = context.new_page()
    for view in views(built, language):
        if not names or view.name in names:
            view.steps(page)
            hang(page, folder, f"{view.name}-{language}")
    context.close()


def hang_letters(built: House, browser: Browser, folder: Path, names: Sequence[str]) -> None:
    with TemporaryDirectory() as temporary:
        built.app.test_cli_runner().invoke(args=["letters", "preview", temporary])
        page = browser.new_page()
        for letter in sorted(Path(temporary).glob("nyhedsbrev-*.html")):
            if not names or "letters" in names:
                page.set_content(letter.read_text())
                hang(page, folder, f"letter-{letter.stem}")
        page.close()


def hang(page: Page, folder: Path, name: str) -> None:
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
