"""What stands around whoever runs the tests, and is not to reach them."""

import os
import signal


def leave_behind() -> None:
    leave_settings()
    heed_interrupts()


def leave_settings() -> None:
    """Those of a service that runs here."""
    for name in [name for name in os.environ if name.startswith("NEWSLETTER_")]:
        del os.environ[name]


def heed_interrupts() -> None:
    """What a shell runs in the background ignores them, as would all that the tests start: some is ended by them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
