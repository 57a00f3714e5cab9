"""What a test in a browser may ask for. Browser and service are shared by all tests of a run: people are not."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import house as builder
from tests.browser.house import House
from tests.servers import PATIENCE

Opener = Callable[..., Page]
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """It ends with these tests: its library keeps an event loop running, and others run one of their own."""
    with builder.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def house(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = tmp_path_factory.mktemp("house") / "newsletter.db"
    shutil.copy(migrated_sqlite, database)
    with builder.house(database) as built:
        yield built


@pytest.fixture
def open_browser(chromium: Browser, house: House) -> Iterator[Opener]:
    """A window of a browser that nobody has used before: `open_browser(java_script_enabled=False)`."""
    opened: list[BrowserContext] = []

    def open_one(**wishes: Any) -> Page:
        usual = {"base_url": house.url, "locale": "en-GB", "viewport": {"width": 360, "height": 740}}
        context = chromium.new_context(**{**usual, **wishes})
        context.set_default_timeout(PATIENCE * 1000)
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_browser: Opener) -> Page:
    """A phone with script."""
    return open_browser()
