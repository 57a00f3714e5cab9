"""Where gunicorn and `flask` find the service."""

import sys

sys.dont_write_bytecode = True  # a running process writes nothing into the checkout; `make setup` has compiled it

from newsletter.app import create_app  # noqa: E402
from newsletter.config import SettingsInvalid  # noqa: E402

try:
    app = create_app()
except SettingsInvalid as error:
    sys.exit(str(error))
