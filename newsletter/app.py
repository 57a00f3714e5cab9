"""The composition root: read top to bottom, it is the service."""

from urllib.parse import urlsplit

from flask import Flask

from newsletter import api, catalog, config, db, keyring, logs, ops, outbox, pages, refusals
from newsletter.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The service, configured from the environment unless settings are given. Raises SettingsInvalid."""
    settings = settings or config.load()
    logs.configure(settings.log_level)
    app = Flask("newsletter")
    app.config["SETTINGS"] = settings
    app.config["PUBLIC_URL"] = settings.public_url
    app.config["PUBLIC_HOST"] = urlsplit(settings.public_url).hostname
    app.extensions["keyring"] = keyring.make(settings.secret_keys)
    db.init_app(app, settings)
    catalog.init_app(app)
    outbox.init_app(app, settings)
    for rim in (refusals, pages, api, ops):
        rim.init_app(app)
    return app
