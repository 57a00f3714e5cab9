"""Migrations are numbered sentences; from nothing or from any earlier revision they lead to what the models say."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from click import ClickException
from flask import Flask
from sqlalchemy import event, text

from newsletter.db import Base, db, transactional
from tests.conftest import ROOT, variables_for
from tests.servers import Postgres, run_process, wait_until

FOLDER = ROOT / "migrations"
FILES = sorted((FOLDER / "versions").glob("*.py"))
REVISIONS = [file.name[:4] for file in FILES]
DEPLOY = (sys.executable, "-m", "flask", "db", "upgrade")

EVERYTHING = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_constraintdef(oid) || conname FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, make_app: Callable[..., Flask], tmp_path: Path) -> Iterator[Flask]:
    """The service over a database in which there is nothing at all."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server: Postgres = request.getfixturevalue("server")
        url = server.create_database()
    app = make_app(database_url=url)
    with app.app_context():
        yield app


@pytest.fixture
def database_url() -> str:
    """Nobody asks for the migrated one here."""
    return "sqlite://"


def upgrade(revision: str = "head") -> None:
    flask_migrate.upgrade(str(FOLDER), revision)


def downgrade(revision: str = "base") -> None:
    flask_migrate.downgrade(str(FOLDER), revision)


def differences() -> list[object]:
    """What the models say and the database does not, and the other way round."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def schema() -> list[str]:
    """All that migrations have made, as the database itself tells it."""
    with db.engine.connect() as connection:
        found = connection.scalars(text(EVERYTHING[connection.dialect.name]))
        return sorted(told for told in found if "alembic_version" not in told)


def test_there_is_one_line_of_revisions_and_each_is_numbered_after_the_one_before() -> None:
    script = ScriptDirectory(str(FOLDER))

    line = [(found.revision, found.down_revision) for found in reversed(list(script.walk_revisions()))]

    assert script.get_heads() == REVISIONS[-1:]
    assert [revision for revision, _ in line] == REVISIONS == [f"{number:04}" for number in range(1, len(FILES) + 1)]
    assert [below for _, below in line] == [None, *REVISIONS[:-1]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_migration_is_a_sentence_that_can_be_taken_back(file: Path) -> None:
    tree = ast.parse(file.read_text())
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]

    assert re.fullmatch(r"\d{4}_[a-z_]+", file.stem)
    assert re.match(r"[A-Z][^\n]+\.(\n|$)", ast.get_docstring(tree) or "")
    assert {"upgrade", "downgrade"} <= set(names)


def test_no_migration_changes_a_row_of_anybodys() -> None:
    """G3: what people agreed to stays as they left it. A new table may get the one row that it needs."""
    for file in FILES:
        source = file.read_text()
        made = set(re.findall(r'create_table\(\s*"(\w+)"', source))

        assert re.findall(r"\bUPDATE \w+ SET\b|\bDELETE FROM\b|\b(?:update|delete|bulk_insert)\(", source) == []
        assert set(re.findall(r"\bINSERT INTO (\w+)", source)) <= made


@pytest.mark.usefixtures("empty")
def test_the_migrated_database_is_what_the_models_say() -> None:
    upgrade()

    assert differences() == []


@pytest.mark.usefixtures("empty")
def test_what_is_taken_back_leaves_nothing_and_can_be_done_again() -> None:
    """G3"""
    nothing = schema()
    upgrade()
    everything = schema()

    downgrade()
    assert schema() == nothing
    upgrade()

    assert schema() == everything
    assert differences() == []


@pytest.mark.usefixtures("empty")
def test_each_step_leads_from_one_revision_to_the_next_and_can_be_taken_back_by_itself() -> None:
    before = [schema()]
    for revision in REVISIONS:
        upgrade(revision)
        before.append(schema())
    assert differences() == []

    for revision in reversed(["base", *REVISIONS[:-1]]):
        before.pop()
        downgrade(revision)
        assert schema() == before[-1]


@pytest.mark.usefixtures("empty")
def test_an_upgrade_of_what_is_new_already_changes_nothing() -> None:
    upgrade()
    before = schema()

    upgrade()

    assert schema() == before


def environment(app: Flask) -> dict[str, str]:
    return variables_for(app.config["SETTINGS"].database_url)


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_a_database_is_upgraded_from_whatever_folder_the_command_is_given_in(empty: Flask, tmp_path: Path) -> None:
    there = {**environment(empty), "FLASK_APP": str(ROOT / "wsgi.py")}

    with run_process(DEPLOY, there, cwd=tmp_path) as process:
        wait_until(lambda: process.popen.poll() is not None, "a deployment")

        assert process.popen.returncode == 0, process.output()
    assert differences() == []


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
def test_two_deployments_at_once_take_turns(empty: Flask) -> None:
    here = environment(empty)

    with run_process(DEPLOY, here, cwd=ROOT) as one, run_process(DEPLOY, here, cwd=ROOT) as other:
        for process in (one, other):
            wait_until(lambda process=process: process.popen.poll() is not None, "a deployment")

        assert (one.popen.returncode, other.popen.returncode) == (0, 0), one.output() + other.output()
    assert differences() == []


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("empty")
def test_a_deployment_waits_for_another_for_longer_than_any_statement_may_take() -> None:
    def hurry(connection: psycopg.Connection, _: object) -> None:
        connection.execute("SET statement_timeout = '0.2s'")

    with db.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(7401112026)"))
        event.listen(db.engine, "connect", hurry, once=True)
        first = Timer(1.0, other.execute, [text("SELECT pg_advisory_unlock(7401112026)")])
        first.start()
        upgrade()
        first.join()

    assert differences() == []


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("empty")
def test_a_step_that_others_hold_up_says_so_and_is_taken_when_it_is_asked_for_again() -> None:
    upgrade("0008")
    db.engine.dispose()  # as the command's end would: its turn is over

    with db.engine.execution_options(**transactional()).connect() as backup:
        backup.execute(text("SET idle_in_transaction_session_timeout = 0"))
        backup.execute(text("SELECT count(*) FROM subscriptions"))
        with pytest.raises(SystemExit, match="holds a table.*again"):
            upgrade()
        backup.rollback()
    upgrade()

    assert differences() == []


def test_no_worker_starts_over_a_database_that_is_older_than_its_release(empty: Flask) -> None:
    upgrade(REVISIONS[-2])

    early = empty.test_cli_runner().invoke(args=["worker", "--once"])
    upgrade()
    in_time = empty.test_cli_runner().invoke(args=["worker", "--once"])

    assert (early.exit_code, in_time.exit_code) == (1, 0)
    assert f"{REVISIONS[-1]} is needed: run `flask db upgrade`" in early.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(make_app: Callable[..., Flask]) -> None:
    app = make_app(database_url="sqlite:////nowhere/at/all.db")

    with app.app_context(), pytest.raises(ClickException, match="cannot be used: unable to open database file"):
        upgrade()


def test_a_database_that_cannot_hold_every_name_is_refused_before_anything_is_in_it(
    server: Postgres, make_app: Callable[..., Flask]
) -> None:
    app = make_app(database_url=server.create_database(encoding="LATIN1"))

    with app.app_context(), pytest.raises(SystemExit, match="LATIN1.*createdb --encoding=UTF8"):
        upgrade()

    with app.app_context():
        assert schema() == []
