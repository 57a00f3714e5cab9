"""The composition root: read top to bottom, it is the service."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response

from newsletter import api, bodies, catalog, config, db, engine, keyring, logs, ops, outbox, pages, refusals, rendering
from newsletter.config import Settings


class Service(Flask):
    """A Flask application, with what differs in ours."""

    request_class = bodies.WholeRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view of ours is a coroutine, so Flask need not inspect each of them to find out."""
        return func

    def make_default_options_response(self) -> Response:
        return rendering.empty(super().make_default_options_response())


def create_app(settings: Settings | None = None) -> Flask:
    """The service, configured from the environment unless settings are given. Raises SettingsInvalid."""
    settings = settings or config.load()
    logs.configure(settings.log_level, engine.said_of_outage)
    app = Service("newsletter")
    app.url_map.merge_slashes = False  # else a doubled one is led on to whatever Host the request names
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
