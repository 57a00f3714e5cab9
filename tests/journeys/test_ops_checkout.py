"""Several services run from one checkout, so none of them writes into it (PRODUCT 5.3)."""

import re
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.conftest import ROOT, variables_for
from tests.servers import HOST, Relay, free_port, run_process

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on its kind


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What processes run from, as `make setup` leaves it."""
    folder = tmp_path / "checkout"
    for name in ("newsletter", "migrations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, folder)
    found = re.search(r"^BYTECODE = \$\(BIN\)/python (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found
    subprocess.run([sys.executable, *found[1].split()], cwd=folder, check=True)
    return folder


def written(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.usefixtures("service")
def test_a_running_process_writes_nothing_into_the_checkout(checkout: Path, database_url: str, relay: Relay) -> None:
    environment = variables_for(database_url, relay.url)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, port = written(checkout), free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"{HOST}:{port}", "wsgi:app"]

    with run_process(gunicorn, environment, port=port, cwd=checkout):
        connection = HTTPConnection(HOST, port, timeout=10)
        connection.request("GET", "/newsletters/nyhedsbrev")
        assert connection.getresponse().status == 200
        connection.close()
    subprocess.run([sys.executable, "-m", "flask", "worker", "--once"], env=environment, cwd=checkout, check=True)

    assert written(checkout) == before
