"""Where gunicorn and `flask` find the service."""

import gc
import importlib
import sys

import click

gc.disable()  # loading leaves next to nothing to collect, and looking for it takes a fifth of the time
sys.dont_write_bytecode = True  # a running process writes nothing into the checkout; `make setup` has compiled it

from newsletter.app import create_app  # noqa: E402
from newsletter.config import SettingsInvalid  # noqa: E402

try:
    app = create_app()
except SettingsInvalid as error:
    sys.exit(str(error))
if click.get_current_context(silent=True):  # `flask` runs: web processes are 11 MiB smaller without the commands
    importlib.import_module("newsletter.commands").init_app(app)
gc.enable()
