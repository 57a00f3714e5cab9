"""The servers that are measured, each alone: the floor, this service, and the databases and the sink behind them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from bench.floor import store as floor
from bench.wire import Wire, get
from tests.servers import OwnPostgres, Process, free_port, run_process

ROOT = Path(__file__).parent.parent
SECRET = "a secret for benches that nobody else has"  # noqa: S105 - guards made-up people
EXAMPLE = ROOT / "examples" / "catalog.toml"
GREETINGS = 16
FILLED = "SELECT relname FROM pg_class JOIN pg_stat_user_tables USING (relname) WHERE pg_relation_size(oid) > 0"
"""An empty table that was vacuumed is planned for as empty until the next look; a new one is not."""
NO_CONFIG = ("-c", "/dev/null")  # the floor has not read ours
AS_DESCRIBED = Path(sys.prefix) / "floor"
"""The libraries that the floor was first measured with, as `make bench` puts them there."""
GUNICORN = (*NO_CONFIG, "--worker-class", "gthread", "--threads", "4", "--reuse-port", "--no-control-socket")

NOT_INSTALLED = "rich", "yaml", "greenlet"
"""What structlog, apispec and SQLAlchemy load where they find it. Tests bring it along; an installation has none."""
AS_INSTALLED = (
    f"import sys; sys.modules.update(dict.fromkeys({NOT_INSTALLED})); from gunicorn.app.wsgiapp import run; run()"
)


@dataclass(frozen=True, kw_only=True)
class Server:
    port: int
    pid: int


class Store(ABC):
    """Where databases are made, from nothing or as copies of one another."""

    pids: tuple[int, ...] = ()

    @abstractmethod
    def create(self, template: str | None = None) -> str:
        """A new database's SQLAlchemy URL. Nobody may be connected to the template."""

    def settle(self, url: str) -> None:  # noqa: B027 - not every database puts something off
        """Do now what a database puts off, so that it does not happen while somebody measures."""

    @abstractmethod
    def drop(self, url: str) -> None: ...


@dataclass
class PostgresStore(Store):
    server: OwnPostgres

    @property
    def pids(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.server.server.pid,) if self.server.server else ()

    def create(self, template: str | None = None) -> str:
        return self.server.create_database(template.rpartition("/")[2].partition("?")[0] if template else "template0")

    def settle(self, url: str) -> None:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            for (table,) in connection.execute(FILLED).fetchall():
                connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
            connection.execute("CHECKPOINT")

    def drop(self, url: str) -> None:
        name = sql.Identifier(url.rpartition("/")[2].partition("?")[0])
        self.server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@dataclass
class SqliteStore(Store):
    folder: Path
    made: list[Path] = field(default_factory=list)

    def create(self, template: str | None = None) -> str:
        file = self.folder / f"{uuid4().hex}.db"
        if template:
            shutil.copy(template.removeprefix("sqlite:///"), file)
        return f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


@contextmanager
def postgres_store() -> Iterator[Store]:
    """PostgreSQL with its own defaults, fsync included. /var/tmp is a disk where /tmp may be memory."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as folder:
        server = OwnPostgres(Path(folder), fsync=True)
        try:
            server.start()
            yield PostgresStore(server)
        finally:
            server.stop()


@contextmanager
def sqlite_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as folder:
        yield SqliteStore(Path(folder))


def environment(url: str, smtp_port: int = 1) -> dict[str, str]:
    """This service's settings: the defaults, but that the load, as a proxy would, may say for whom it asks.

    The log's level is spelt out, because the bench itself is quieter.
    """
    return {
        "NEWSLETTER_DATABASE_URL": url,
        "NEWSLETTER_SECRET_KEYS": SECRET,
        "NEWSLETTER_PUBLIC_URL": "http://localhost",
        "NEWSLETTER_CATALOG": str(EXAMPLE),
        "NEWSLETTER_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}/?tls=none",
        "NEWSLETTER_TRUSTED_PROXIES": "127.0.0.1",
        "NEWSLETTER_PRIVATE_TARGETS": "127.0.0.1",
        "NEWSLETTER_LOG_LEVEL": "INFO",
    }


@contextmanager
def service(url: str, workers: int = 2) -> Iterator[Server]:
    """This service as it is run in production."""
    with web(workers, environment(url), "-c", "gunicorn.conf.py", "wsgi:app") as server:
        greet(server, "/health/live")
        yield server


@contextmanager
def floor_server(url: str, workers: int = 2) -> Iterator[Server]:
    with floor_on(described_libraries(), url, workers) as server:
        yield server


@contextmanager
def newer_floor_server(url: str, workers: int = 2) -> Iterator[Server]:
    """The floor on this service's own libraries: SQLAlchemy 2.1 makes it faster than it was described."""
    with floor_on({}, url, workers) as server:
        yield server


@contextmanager
def floor_on(libraries: Mapping[str, str], url: str, workers: int) -> Iterator[Server]:
    with web(workers, {floor.DATABASE: url, **libraries}, *GUNICORN, "bench.floor.app:app") as server:
        greet(server, "/hello")
        yield server


def described_libraries() -> dict[str, str]:
    assert AS_DESCRIBED.exists(), "The floor's libraries are missing: run `make bench`."
    return {"PYTHONPATH": str(AS_DESCRIBED)}


@contextmanager
def web(workers: int, environment: Mapping[str, str], *arguments: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-c", AS_INSTALLED, "--workers", str(workers), "--bind", f"127.0.0.1:{port}"]
    with run_process([*command, *arguments], {**os.environ, **environment}, port=port, cwd=ROOT) as process:
        yield Server(port=port, pid=process.pid)


def greet(server: Server, path: str) -> None:
    """Wait until every worker answers: each new connection goes to any of them."""
    for _ in range(GREETINGS):
        wire = Wire(server.port)
        wire.ask(get(path))
        wire.close()


@dataclass
class Sink:
    """A relay that drops what it takes. When it took each letter is known when it has ended."""

    port: int
    taken: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Letters a second, from the first to the last."""
        return (len(self.taken) - 1) / (self.taken[-1] - self.taken[0])


@contextmanager
def sink(*extensions: str) -> Iterator[Sink]:
    running = Sink(free_port())
    command = [sys.executable, "-m", "bench.sink", str(running.port), *extensions]
    with run_process(command, os.environ, running.port, ROOT) as process:
        yield running
        running.taken = told_at_its_end(process)


def told_at_its_end(process: Process) -> Any:
    """What one of our servers prints when it is told to end."""
    process.popen.terminate()
    process.popen.wait()
    return json.loads(process.output().splitlines()[-1])


def run(*arguments: str, **environment: str) -> None:
    """One of our programs, to its end. What it prints is shown only if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
