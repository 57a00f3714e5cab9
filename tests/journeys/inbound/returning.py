"""Settings of a process that takes mail back."""

import pytest

from tests.conftest import variables_for
from tests.returned import PATTERN
from tests.servers import Relay

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def environment(database_url: str, relay: Relay, **more: str) -> dict[str, str]:
    return variables_for(database_url, relay.url, NEWSLETTER_INBOUND_ADDRESS=PATTERN, **more)
