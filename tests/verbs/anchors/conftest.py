"""A journal on other storage, and people whose evidence is anchored."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from newsletter.config import Settings
from tests.conftest import settings_for
from tests.people import People, later
from tests.servers import Relay
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "other storage"


@pytest.fixture
def settings(database_url: str, relay: Relay, folder: Path) -> Settings:
    return replace(settings_for(database_url, relay.url), journal=str(folder))


@pytest.fixture
def run(service: Flask) -> Run:
    return lambda *arguments: service.test_cli_runner().invoke(args=["evidence", *arguments])


@pytest.fixture
def ada_and_grace(people: People) -> None:
    """Both subscribed yesterday; Grace has left since. Both days have their anchors."""
    with later(days=-1):
        people.subscribe(ADA, GRACE)
        a_day_s_work()
    people.leave(GRACE)
    a_day_s_work()
