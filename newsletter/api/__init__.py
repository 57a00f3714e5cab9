"""The machine interface, `/api/v1`: JSON for servers and for the marketing tool, described by OpenAPI 3.1."""

from flask import Flask

from newsletter.api import (
    changes,
    contact,
    contacts,
    documentation,
    evidence,
    locked_proof,
    reports,
    rights,
    signups,
    stats,
    webhooks,
)
from newsletter.api.description import Api, describe
from newsletter.links import base_url


def init_app(app: Flask) -> None:
    with app.app_context():
        api = Api(app, spec_kwargs=describe(base_url()))
    del app.cli.commands["openapi"]  # the library's own, which prints what was described before: nothing
    for module in (
        signups,
        contacts,
        stats,
        changes,
        contact,
        rights,
        evidence,
        locked_proof,
        reports,
        webhooks,
        documentation,
    ):
        api.register_blueprint(module.blueprint)
