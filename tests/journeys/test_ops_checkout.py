"""Several services run from one checkout, so none of them writes into it (PRODUCT 5.3)."""

import re
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.conftest import ROOT, variables_for
from tests.servers import HOST, PATIENCE, Relay, free_port, run_process

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
        opened(port, "/newsletters/nyhedsbrev")
    subprocess.run([sys.executable, "-m", "flask", "worker", "--once"], env=environment, cwd=checkout, check=True)

    assert written(checkout) == before


@pytest.mark.usefixtures("service")
def test_a_running_process_is_of_one_release_though_another_takes_its_place_in_the_checkout(
    checkout: Path, database_url: str, relay: Relay
) -> None:
    """docs/how-to/upgrade.md: the previous release goes on running until its processes are restarted."""
    environment, port = variables_for(database_url, relay.url, WEB_CONCURRENCY="1"), free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"{HOST}:{port}", "wsgi:app"]

    with run_process(gunicorn, environment, port=port, cwd=checkout):
        opened(port, "/health/live")
        for kind in ("templates/**/*.*", "translations/*.po", "static/*.*"):
            for file in (checkout / "newsletter").glob(kind):
                file.write_text("{{ what_only_the_next_release_knows }}")
        (checkout / "migrations" / "versions" / "9999_of_the_next_release.py").touch()

        page = opened(port, "/newsletters/nyhedsbrev?language=da")
        style = re.search(r"/static/[^\"]+/style\.css", page)
        assert style
        assert "Tilmeld" in page
        assert ":root" in opened(port, style[0])
        assert "newsletter-form" in opened(port, "/embed.js")
        assert "ready" in opened(port, "/health/ready")


def opened(port: int, path: str) -> str:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
        return text
    finally:
        connection.close()
