"""`flask ...`: what operators and staff do. A module a noun; results on standard output, all else on standard error."""

from flask import Flask
from flask_migrate import Migrate

from newsletter import db, vitals
from newsletter.commands import (
    catalog,
    contacts,
    doctor,
    evidence,
    feed,
    inbound,
    keys,
    letters,
    purge,
    requests,
    retention,
    signups,
    suppressions,
    webhooks,
    worker,
)

COMMANDS = (
    catalog.group,
    contacts.group,
    doctor.doctor,
    evidence.group,
    feed.group,
    inbound.inbound,
    keys.group,
    letters.group,
    purge.purge,
    requests.group,
    retention.group,
    signups.group,
    suppressions.group,
    webhooks.group,
    worker.worker,
)


def init_app(app: Flask) -> None:
    """Only where `flask` runs: web processes need no command, and are smaller without them (wsgi.py)."""
    Migrate(app, db.db, str(vitals.MIGRATIONS), compare_type=True, render_as_batch=True)
    for command in COMMANDS:
        app.cli.add_command(command)
