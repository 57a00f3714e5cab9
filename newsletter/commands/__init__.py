"""`flask ...`: what operators and staff do. A module a noun; results on standard output, all else on standard error."""

from flask import Flask

from newsletter.commands import catalog, worker

COMMANDS = (catalog.group, worker.worker, worker.purge)


def init_app(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
