"""A database with the example's catalogue in force, and a key for it."""

from collections.abc import Mapping

import flask_migrate

from newsletter import access, catalog, commands, config
from newsletter.access import Scope
from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.db import db
from newsletter.demo.household import ROOT

CATALOG = ROOT / "examples" / "catalog.toml"


def prepare(environment: Mapping[str, str]) -> str:
    """What `flask db upgrade`, `flask catalog apply` and `flask keys create` would do; the key."""
    app = create_app(settings(environment))
    commands.init_app(app)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        catalog.apply(CATALOG.read_text(encoding="utf-8"))
        key = access.create("demo", [Scope.FEED_READ], [], None)
        db.engine.dispose()
    return key


def settings(environment: Mapping[str, str]) -> Settings:
    """Those that the web and the worker will read from the environment."""
    return Settings(
        database_url=environment["NEWSLETTER_DATABASE_URL"],
        secret_keys=config.secret_keys(environment["NEWSLETTER_SECRET_KEYS"]),
        public_url=environment["NEWSLETTER_PUBLIC_URL"],
        catalog=environment["NEWSLETTER_CATALOG"],
        smtp_url=config.smtp(environment["NEWSLETTER_SMTP_URL"]),
        log_level="ERROR",
    )


def newsletters() -> dict[str, str]:
    """Those of the example's catalogue, by their English names."""
    found = catalog.parse(CATALOG.read_text(encoding="utf-8")).newsletters
    return {slug: newsletter.name_in("en") for slug, newsletter in found.items()}
