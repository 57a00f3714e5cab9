"""A house to look at: the service on a port of its own, a relay behind it, and a company's site on another port.

Everything is real but the browser's patience: what a page loads, posts and is answered goes through sockets.
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from newsletter import catalog, commands, db
from newsletter.app import create_app
from newsletter.config import Limit
from tests import economy
from tests.conftest import EXAMPLE, ROOT, settings_for
from tests.people import Inbox, People
from tests.servers import HOST, Relay, free_port

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
GENEROUS = (Limit(most=100_000, seconds=60),)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's browser, or the one that tools/browser fetches. It says itself what to do where there is none."""
    found = subprocess.run([ROOT / "tools" / "browser"], stdout=subprocess.PIPE, text=True, check=False)
    assert found.returncode == 0, "no browser for the browser tests; as root, run: apt-get install chromium"
    program = Path(found.stdout.strip())
    with pytest.MonkeyPatch.context() as environment:
        if (node := program.with_name("playwright-node")).exists():  # it needs libraries that were unpacked as well
            environment.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
        with sync_playwright() as play, play.chromium.launch(executable_path=program, args=FLAGS) as browser:
            yield browser


@dataclass
class Mail(Inbox):
    """The inbox, for callers who stand outside the app."""

    def work(self) -> None:
        with self.app.app_context():
            super().work()


@dataclass
class Site:
    """A company's own site: the pages that a test puts there, each with the headers it asks for."""

    port: int
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """By another name than the service's, so that a browser takes it for another site, not only another port."""
        return f"http://localhost:{self.port}"

    def put(self, path: str, body: str, **headers: str) -> str:
        """The address of the page."""
        document = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title><body>{body}'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (document.encode(), named)
        return f"{self.url}{path}"


@dataclass
class House:
    """What a test has to do with."""

    app: Flask
    url: str
    relay: Relay
    site: Site
    inbox: Inbox
    people: People

    def apply(self, text: str) -> None:
        with self.app.app_context():
            catalog.apply(text)


@contextmanager
def house(database: Path) -> Iterator[House]:
    """Over a migrated database, with the example's catalogue, whose sites include ours."""
    with ExitStack() as stack:
        relay, site = stack.enter_context(Relay()), stack.enter_context(running_site())
        port = free_port()
        app = stack.enter_context(service(database, relay, f"http://{HOST}:{port}"))
        stack.enter_context(listening(app, port))
        mail = Mail(app, relay)
        people = People(app.test_client(use_cookies=False), mail)
        built = House(app=app, url=f"http://{HOST}:{port}", relay=relay, site=site, inbox=mail, people=people)
        built.apply(document(site))
        yield built


def document(site: Site, **changed: str) -> str:
    """The example's catalogue for our site. Changes are `old=new` texts."""
    return EXAMPLE.read_text().replace('origins = ["https://www.example.org"]', f'origins = ["{site.url}"]')


@contextmanager
def service(database: Path, relay: Relay, url: str) -> Iterator[Flask]:
    usual = settings_for(f"sqlite:///{database}", relay.url)
    app = create_app(replace(usual, public_url=url, limit_source=GENEROUS, limit_address=GENEROUS))
    commands.init_app(app)
    economy.spare_the_disk(app)
    yield app
    with app.app_context():
        db.db.engine.dispose()


class Quiet(WSGIRequestHandler):
    """Says nothing to the terminal, and speaks HTTP as gunicorn does."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Not of interest."""


@contextmanager
def listening(app: Flask, port: int) -> Iterator[None]:
    server = make_server(HOST, port, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def running_site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("localhost", 0), Pages)
    site = server.site = Site(port=server.server_address[1])  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


class Pages(BaseHTTPRequestHandler):
    """Serves what stands on the site."""

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        body, headers = site.pages.get(self.path.partition("?")[0], (b"", {}))
        self.send_response(200 if body else 404)
        for name, value in self.with_length(headers, body).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def with_length(self, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        return {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **headers}

    def log_message(self, *_: object) -> None:
        """Not of interest."""
