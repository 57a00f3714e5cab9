"""What the roles of production may do is said of every table (D4.9)."""

import re
import shlex
import subprocess
from pathlib import Path

from newsletter.db import Base
from tests.conftest import ROOT

COMPOSE = (ROOT / "compose.yaml").read_text()
USERS = {"setup": ["newsletter"], "web": ["newsletter_web"], "worker": ["newsletter_worker"]}
GRANTS = re.compile(r"^GRANT [^;]+?\bON (?!ALL |SCHEMA )([\w,\s]+?)\s+TO ([\w,\s]+);", re.MULTILINE)


def spoken_of(role: str) -> set[str]:
    """The tables of which deploy/roles.sql grants something to a role."""
    found = GRANTS.findall((ROOT / "deploy" / "roles.sql").read_text())
    return {table for tables, roles in found if role in roles for table in re.findall(r"\w+", tables)}


def test_every_table_is_spoken_of_in_the_roles_and_no_other() -> None:
    """What a migration adds has to be decided upon; the worker, which does what staff say, has something of each."""
    tables = {*Base.metadata.tables, "alembic_version"}

    assert spoken_of("newsletter_worker") == tables
    assert spoken_of("newsletter_web") <= tables


def test_every_container_works_as_the_user_that_it_is_for_and_is_told_no_other_password() -> None:
    """All of them read `.env`, which holds the passwords: what is not theirs is taken away again."""
    shared, _, listed = COMPOSE.partition("\nservices:\n")
    services = re.findall(r"^  (\w+):\n((?:    .*\n)+)", listed, re.MULTILINE)
    users = {name: re.findall(r"postgresql://(\w+):", service) for name, service in services}
    to_fill_in = re.findall(r"^(\w+)=$", (ROOT / "deploy" / "compose.env.example").read_text(), re.MULTILINE)

    assert {name: found for name, found in users.items() if found} == USERS
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE)) == set(to_fill_in)
    assert set(re.findall(r'^  (\w+): ""$', shared, re.MULTILINE)) == set(to_fill_in) - {"NEWSLETTER_SECRET_KEYS"}


def test_web_and_worker_wait_until_the_roles_are_given_out() -> None:
    assert COMPOSE.count("roles: {condition: service_completed_successfully}") == len(USERS) - 1
    assert COMPOSE.count("setup: {condition: service_completed_successfully}") == 1


def test_staff_s_commands_take_the_worker_s_role_while_its_unit_does(tmp_path: Path) -> None:
    """Migrations are the owner's at any time. Back is who removes the unit's role.conf, whatever users are left.

    cron, which runs some every night, looks for programs in no folder named sbin.
    """
    unit = tmp_path / "newsletter-worker.service.d"
    script = (ROOT / "deploy" / "systemd" / "newsletter").read_text()
    for place in ("/etc/systemd/system", "/opt/newsletter", "/usr/sbin"):
        script = script.replace(place, shlex.quote(str(tmp_path)))
    runuser = tmp_path / "runuser"
    runuser.write_text('#!/bin/sh\necho "$2"\n')
    runuser.chmod(0o755)

    def user_of(*words: str) -> str:
        path = {"PATH": str(tmp_path / "bin")}
        return subprocess.check_output(["/bin/sh", "-c", script, "newsletter", *words], env=path, text=True).strip()

    assert (user_of("doctor"), user_of("db", "upgrade")) == ("newsletter", "newsletter")
    unit.mkdir()
    (unit / "role.conf").touch()
    assert (user_of("doctor"), user_of("db", "upgrade")) == ("newsletter_worker", "newsletter")
