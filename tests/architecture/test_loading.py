"""A process starts fast and is small: it loads what it needs, and no more (decision 13)."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT, variables_for

WEB = ["alembic", "aiosmtpd", "asyncssh", "fpdf", "imaplib", "newsletter.commands", "requests"]
MASTER = [*WEB, "flask", "prometheus_client", "psycopg", "sqlalchemy"]


def told_by(program: str) -> str:
    """What a process of the service prints that runs this."""
    environment = variables_for("sqlite:///nowhere.db")
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("start", "needless"),
    [
        ("import runpy; runpy.run_path('gunicorn.conf.py')", MASTER),
        ("import wsgi", WEB),
        ("import wsgi, newsletter.commands", ["asyncssh", "fpdf"]),
    ],
    ids=["master", "web process", "command"],
)
def test_nothing_is_loaded_that_only_others_need(start: str, needless: list[str]) -> None:
    look = f"import sys; print(*sorted(set({needless}) & set(sys.modules)))"

    assert told_by(f"{start}\n{look}") == ""


def test_what_is_loaded_is_not_searched_for_garbage_but_what_comes_later_is() -> None:
    count = "import gc; runs = []; gc.callbacks.append(lambda phase, _: runs.append(phase))"

    assert told_by(f"{count}\nimport wsgi\nprint(len(runs) < 100, gc.isenabled())") == "True True"
