"""A service with an address for what comes back."""

from dataclasses import replace

import pytest

from newsletter.config import Settings
from tests.returned import PATTERN


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, inbound_address=PATTERN)
