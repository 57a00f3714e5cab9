"""A listmonk, and a connector that keeps its list equal to ours."""

from collections.abc import Callable

import pytest

from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.tools import Tools


@pytest.fixture
def declare(tools: Tools, listmonk: Listmonk) -> Callable[[str], None]:
    """Declare this, each connector with listmonk's token."""

    def declare(text: str) -> None:
        secrets = {name: listmonk.token for name in ("listmonk", "webshop") if f"[{name}]" in text}
        tools.declare(text.format(url=listmonk.url), **secrets)

    return declare


@pytest.fixture
def push(declare: Callable[[str], None], tools: Tools) -> Callable[[], None]:
    """Nothing special is declared; all that is due goes to the tool."""
    declare(DECLARED)
    return tools.push
