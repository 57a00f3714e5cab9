"""A folder for files, and a connector that drops them there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools import Tools
from tests.verbs.drop.dropping import FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dropped"
    made.mkdir()
    return made


@pytest.fixture
def drop(tools: Tools, folder: Path) -> Callable[[], None]:
    """Nothing special is declared; a file that is due is dropped."""
    tools.declare(FOLDER.format(folder=folder))
    return tools.push
