"""What operators see of a running process: whether it lives, whether it is ready, how it fares."""

from flask import Flask

from newsletter.ops import health, request_log, scrape


def init_app(app: Flask) -> None:
    request_log.init_app(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(scrape.blueprint)
