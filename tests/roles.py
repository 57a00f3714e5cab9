"""Production's roles, in every test on PostgreSQL: requests work as web processes may, all else of ours as workers may.

What a test does itself, it does as the superuser that it is: it tampers, restores and looks.
"""

import os
import subprocess
import traceback
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, has_request_context
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from newsletter import db, engine
from tests.databases import plain
from tests.servers import installed_programs

HERE = Path(__file__).parent.parent
DEPLOY = HERE / "deploy"
OURS = f"{HERE / 'newsletter'}{os.sep}"
FLOOR = (db.__file__, engine.__file__)
"""Through these the tests' own statements come as well."""
WEB, WORKER, NOBODY = "newsletter_web", "newsletter_worker", "none"
ARE_GIVEN_OUT = """
    SELECT rolsuper AND EXISTS (SELECT FROM pg_default_acl) FROM pg_roles WHERE rolname = session_user"""
"""What deploy/roles.sql leaves behind in a database, which no older one has that a test upgrades."""


def give_out(url: str, script: str = "roles.sql", **environment: str) -> None:
    """As how-to/install-systemd.md says, by a superuser."""
    psql = [installed_programs() / "psql", "--no-psqlrc", "--quiet", f"--dbname={plain(url)}"]
    with (DEPLOY / script).open() as file:
        subprocess.run(psql, stdin=file, env=os.environ | environment, check=True)


def work_under(app: Flask) -> None:
    """Let whoever takes a connection have the role that a process of theirs would have."""
    with app.app_context():
        if db.is_postgresql():
            event.listen(db.db.engine, "checkout", take_role)


def take_role(connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
    known = record.info
    if "role" not in known:
        known["role"] = NOBODY
        [known["are given out"]] = connection.execute(ARE_GIVEN_OUT).fetchone() or [False]
    role = WEB if has_request_context() else WORKER if is_ours_at_work() else NOBODY
    if known["are given out"] and known["role"] != role:
        connection.execute(f"SET ROLE {role}".encode())
        known["role"] = role


def is_ours_at_work() -> bool:
    """A command or a verb, rather than the test that called it."""
    files = (frame.f_code.co_filename for frame, _ in traceback.walk_stack(None))
    return any(file.startswith(OURS) and file not in FLOOR for file in files)
