"""A listmonk to compare with."""

from collections.abc import Iterator

import pytest

from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.tools import Tools


@pytest.fixture
def listmonk(tools: Tools) -> Iterator[Listmonk]:
    with Listmonk() as running:
        tools.declare(DECLARED.format(url=running.url), listmonk=running.token)
        yield running
