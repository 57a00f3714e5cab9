"""What came of a mail."""

from collections.abc import Callable

from newsletter import clock
from newsletter.feed import stats
from tests.conftest import Contents
from tests.kept import contact

API = "/api/v1/newsletters/nyhedsbrev"


def counted(event: str) -> int:
    """How often it happened today, as `GET .../stats` tells."""
    today = clock.now().date()
    return sum(item[event] for item in stats("nyhedsbrev", today, today))


def token(address: str = "ada@example.org") -> str:
    return contact(address).unsubscribe_token


def aside(contents: Callable[[], Contents]) -> int:
    return len(contents()["mails_aside"])
