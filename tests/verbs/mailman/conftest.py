"""A mailing list of each test's own, in one real Mailman."""

from collections.abc import Callable, Iterator

import pytest

from tests.mailman import PASSWORD, USER, Mailman, mailman
from tests.tools import Tools

DECLARED = """
[mailman]
kind = "mailman"
newsletter = "nyhedsbrev"
url = "{url}"
user = "{user}"
list = "{list}"
"""


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailman]:
    with mailman(tmp_path_factory.mktemp("mailman")) as server:
        yield server


@pytest.fixture
def news(running: Mailman, request: pytest.FixtureRequest) -> str:
    """A mailing list of this test's own."""
    return running.make_list(f"news-{abs(hash(request.node.nodeid))}")


@pytest.fixture
def push(tools: Tools, running: Mailman, news: str) -> Callable[[], None]:
    tools.declare(DECLARED.format(url=running.url, user=USER, list=news), mailman=PASSWORD)
    return tools.push
