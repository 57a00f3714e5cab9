"""A journal on other storage, and backups of the database."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url

from newsletter.config import Settings
from newsletter.db import db
from tests.conftest import settings_for
from tests.databases import Databases
from tests.returned import PATTERN
from tests.servers import Relay


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "other storage"


@pytest.fixture
def settings(database_url: str, relay: Relay, folder: Path) -> Settings:
    return replace(settings_for(database_url, relay.url), journal=str(folder))


@pytest.fixture
def back_up(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Copies the database as it is now; the copy's URL."""

    def copy() -> str:
        db.session.remove()
        db.engine.dispose()
        if database_url.startswith("sqlite"):
            backup = tmp_path / "backup.db"
            now, then = sqlite3.connect(str(make_url(database_url).database)), sqlite3.connect(backup)
            with closing(now), closing(then):
                now.backup(then)
            return f"sqlite:///{backup}"
        databases: Databases = request.getfixturevalue("databases")
        return databases.copy(database_url)

    return copy


@pytest.fixture
def restored(make_app: Callable[..., Flask]) -> Callable[[str], Any]:
    """The service as another process finds it, over a database that was restored."""

    @contextmanager
    def over(url: str) -> Iterator[Flask]:
        app = make_app(database_url=url, inbound_address=PATTERN)
        with app.app_context():
            yield app

    return over
