"""Counts forwarding headers that are ignored, and writes it down where readiness and `flask doctor` will find it.

A service behind a proxy that it was not told of takes every visitor for that proxy, and limits them as one.
"""

from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from newsletter import clock, config, logs, metrics, visitor, vitals

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

EVERY = 60.0  # seconds between two notes of one process
SAFE = {"GET", "HEAD", "OPTIONS"}
"""These leave no trace in the database, not even this one (PRODUCT 4.12)."""
HEADERS = [f"HTTP_{name.upper().replace('-', '_')}" for name in visitor.FORWARDING]
log = logs.get("forwarding")


class Forwarding:
    """Who may speak for others, and when this process last wrote down that somebody did who may not."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.due = 0.0
        self.writing = Lock()

    def is_trusted(self, environ: "WSGIEnvironment") -> bool:
        settings = config.of(self.app)
        peer = visitor.parse(environ.get("REMOTE_ADDR") or visitor.UNIX_PEER)
        return peer is not None and visitor.is_trusted(peer, settings.trusted_proxies)

    def note_if_ignored(self, environ: "WSGIEnvironment") -> None:
        """Count each; write it down once a minute at most, and only for requests that may write."""
        if not any(environ.get(name) for name in HEADERS) or self.is_trusted(environ):
            return
        metrics.FORWARDED_HEADERS_IGNORED.inc()
        if environ["REQUEST_METHOD"] in SAFE:
            return
        if clock.monotonic() >= self.due and self.writing.acquire(blocking=False):
            try:
                self.due = clock.monotonic() + EVERY
                self.note()
            finally:
                self.writing.release()

    def note(self) -> None:
        try:
            with self.app.app_context():
                vitals.note_ignored_forwarding()
            log.warning("a forwarding header from a peer that is not trusted was ignored")
        except SQLAlchemyError:
            log.warning("an ignored forwarding header could not be noted")
