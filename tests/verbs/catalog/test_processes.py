"""Every process follows, and the commands explain (PRODUCT 4.1, 5.3)."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from newsletter import catalog, clock
from newsletter.db import db
from tests.people import People
from tests.tampering import tamper
from tests.verbs.catalog.editing import EXAMPLE, PAGE, REWORDED, ROOT, edited, nyhedsbrev, wording_ids

pytestmark = pytest.mark.usefixtures("app")
ELSEWHERE = """
import sys
from flask import Flask
from newsletter import catalog, db, engine
app = Flask("elsewhere")
app.config["SQLALCHEMY_DATABASE_URI"] = sys.argv[1]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(sys.argv[1])
db.db.init_app(app)
catalog.init_app(app)
with app.app_context():
    catalog.apply(sys.stdin.read())
"""


def test_a_catalogue_applied_by_another_process_is_in_force_within_five_seconds() -> None:
    catalog.apply(EXAMPLE)
    before = catalog.version()
    url = db.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", ELSEWHERE, url], input=REWORDED, text=True, check=True, cwd=ROOT)

    deadline = clock.monotonic() + 5
    while catalog.version() == before and clock.monotonic() < deadline:
        pass

    assert catalog.version() > before
    assert "which browser and which operating" in nyhedsbrev().wordings_in("en")["tracking"].text


def test_a_release_that_begins_under_a_catalogue_of_a_newer_one_has_a_page_that_says_so(
    service: Flask, people: People
) -> None:
    tamper(
        "INSERT INTO catalogs (applied_at, sha256, document) SELECT applied_at, sha256, "
        "replace(document, '[controller]', '[controller]\nnewer = true') FROM catalogs"
    )
    catalog.init_app(service)

    page, missing = people.client.get("/newsletters/nyhedsbrev"), people.client.get("/nowhere")

    assert (page.status_code, page.mimetype, page.headers["Retry-After"]) == (503, "text/html", "10")
    assert (missing.status_code, missing.mimetype) == (404, "text/html")


def test_the_commands_explain_apply_and_list(app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """D4.11: what was put in force is a line of the log, too."""
    caplog.set_level("INFO")
    runner = app.test_cli_runner()
    file = tmp_path / "catalog.toml"

    file.write_text(edited("#0062a3", "#ffffff"))
    refused = runner.invoke(args=["catalog", "check", str(file)])
    assert refused.exit_code == 1
    assert refused.stdout == ""
    line = EXAMPLE[: EXAMPLE.index("#0062a3")].count("\n") + 1
    assert refused.stderr.startswith(f"{file}:{line}: newsletters.nyhedsbrev.colours.accent has a contrast of 1.0:1")

    file.write_text(EXAMPLE)
    assert runner.invoke(args=["catalog", "check", str(file)]).exit_code == 0
    assert runner.invoke(args=["catalog", "apply", str(file)]).stdout.endswith("12 new, 0 retired, 0 back again.\n")
    assert "catalogue in force" in caplog.text

    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)
    catalog.chosen(nyhedsbrev(), "en", [old], PAGE)
    assert runner.invoke(args=["catalog", "forms"]).stdout.startswith(f"{PAGE}  nyhedsbrev  tracking (en)  1 times")


def test_a_file_that_cannot_be_read_is_a_sentence_not_a_traceback(app: Flask, tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# one\n# bl\xe5\n")
    runner = app.test_cli_runner()

    assert runner.invoke(args=["catalog", "check", str(latin)]).stderr == f"{latin}:2: is not UTF-8 here.\n"
    missing = runner.invoke(args=["catalog", "check", str(tmp_path / "none.toml")])
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
