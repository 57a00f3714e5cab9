"""What web processes start from."""

from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import variables_for
from tests.servers import Relay


@pytest.fixture
def environment(service: Flask, database_url: str, tmp_path: Path, relay: Relay) -> dict[str, str]:
    """What the service reads; its temporary files go to a folder that we can look into."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return variables_for(database_url, relay.url, TMPDIR=str(temporary))
