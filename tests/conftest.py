"""What every test may ask for: a clean database of either kind, a real relay, a service with a catalogue."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as properties

from newsletter import catalog, commands, config, db, memory
from newsletter.app import create_app
from newsletter.config import Limit, SecretKey, Settings
from tests import economy, roles, surroundings
from tests.crowd import Crowd
from tests.databases import Databases
from tests.listmonk import Listmonk
from tests.people import Inbox, People, Tool
from tests.receivers import Hooks, Receiver
from tests.servers import OwnPostgres, Postgres, Relay, postgres
from tests.tools import Tools

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "catalog.toml"
SECRET = SecretKey(secret="a secret for tests that nobody else has")
NO_RELAY = "smtp://127.0.0.1:1/?tls=none"

properties.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("any machine")

Run = Callable[..., Result]
Contents = dict[str, list[str]]
"""Table -> its rows, each as text."""


def pytest_collection_finish() -> None:
    """Thousands of tests make a service each, and what is loaded need not be looked through again for every one."""
    memory.spare_collections()
    economy.share_what_is_compiled()
    surroundings.leave_behind()


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run; each test has a database to itself in it."""
    with postgres(fsync=False) as running:
        yield running


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "newsletter.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(server: Postgres) -> str:
    """The name of a migrated database, to make others from."""
    url = server.create_database()
    migrate(url)
    if isinstance(server, OwnPostgres):  # roles are the whole server's, and somebody else's is left as it was found
        roles.give_out(url)
    return server.made[-1]


@pytest.fixture(scope="session")
def databases(server: Postgres, migrated_postgresql: str) -> Iterator[Databases]:
    """Where a test's PostgreSQL database comes from, and goes back to."""
    with Databases(server, migrated_postgresql) as lender:
        yield lender


def migrate(url: str) -> None:
    app = create_app(settings_for(url))
    commands.init_app(app)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.db.engine.dispose()


def settings_for(url: str, smtp: str = NO_RELAY) -> Settings:
    return Settings(
        database_url=url,
        secret_keys=(SECRET,),
        public_url="http://localhost",
        catalog=str(EXAMPLE),
        smtp_url=config.smtp(smtp),
        limit_source=(Limit(most=20, seconds=3600),),
        limit_address=(Limit(most=1, seconds=600), Limit(most=3, seconds=30 * 86400)),
        private_targets=config.networks("127.0.0.0/8"),
        log_level="WARNING",
    )


def variables_for(url: str, smtp: str = NO_RELAY, **more: str) -> dict[str, str]:
    """The environment of a process of the same service: nothing of ours but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "NEWSLETTER_DATABASE_URL": url,
        "NEWSLETTER_SECRET_KEYS": SECRET.secret,
        "NEWSLETTER_PUBLIC_URL": "http://localhost",
        "NEWSLETTER_CATALOG": str(EXAMPLE),
        "NEWSLETTER_SMTP_URL": smtp,
        **more,
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated and empty database, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "newsletter.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
    else:
        databases: Databases = request.getfixturevalue("databases")
        url = databases.lend()
        yield url
        databases.take_back(url)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


@pytest.fixture
def settings(database_url: str, relay: Relay) -> Settings:
    return settings_for(database_url, relay.url)


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Another process's view of the same service: the same settings but for those named."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        app = create_app(replace(settings, **changes))  # type: ignore[arg-type]
        commands.init_app(app)
        made.append(app)
        roles.work_under(app)
        economy.spare_the_disk(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.db.session.remove()
            db.db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The service over an empty database, its context pushed."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def service(app: Flask) -> Flask:
    """The service with the example's catalogue in force."""
    catalog.apply(EXAMPLE.read_text())
    return app


@pytest.fixture
def run(service: Flask) -> Run:
    """`flask ...`, as operators and staff call it."""
    return lambda *arguments: service.test_cli_runner().invoke(args=[*arguments])


@pytest.fixture
def client(service: Flask) -> FlaskClient:
    """A browser without script and cookies."""
    return service.test_client(use_cookies=False)


@pytest.fixture
def inbox(service: Flask, relay: Relay) -> Inbox:
    """What people find in their mail, after the worker has been round."""
    return Inbox(service, relay)


@pytest.fixture
def people(client: FlaskClient, inbox: Inbox) -> People:
    """Ada, Grace and the others, who do what people do through pages and mail alone."""
    return People(client, inbox)


@pytest.fixture
def tool(client: FlaskClient) -> Tool:
    """The marketing tool, with a key that reads the feed."""
    return Tool(client)


@pytest.fixture
def contents(app: Flask) -> Callable[[], Contents]:
    """Everything that the database holds at this moment: for promises about what is kept, and what is not."""

    def dump() -> Contents:
        with db.db.engine.connect() as connection:
            return {name: rows(connection, name) for name in sorted(sqlalchemy.inspect(connection).get_table_names())}

    def rows(connection: sqlalchemy.Connection, table: str) -> list[str]:
        found = connection.execute(sqlalchemy.select(sqlalchemy.text("*")).select_from(sqlalchemy.table(table)))
        return sorted(str(tuple(row)) for row in found)

    return dump


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks lead."""
    with Receiver() as running:
        yield running


@pytest.fixture
def hooks(service: Flask, client: FlaskClient) -> Hooks:
    """Who keeps webhooks, by the machine interface."""
    return Hooks(service, client)


@pytest.fixture
def listmonk() -> Iterator[Listmonk]:
    with Listmonk() as running:
        yield running


@pytest.fixture
def tools(service: Flask, make_app: Callable[..., Flask], tmp_path: Path) -> Tools:
    """The operator's connectors."""
    return Tools(make_app, tmp_path)


@pytest.fixture
def crowd(app: Flask) -> Crowd:
    """Many who act at the same moment."""
    return Crowd(app)
