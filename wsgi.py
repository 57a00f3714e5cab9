"""Where gunicorn and `flask` find the service."""

import sys

from newsletter.app import create_app
from newsletter.config import SettingsInvalid

try:
    app = create_app()
except SettingsInvalid as error:
    sys.exit(str(error))
