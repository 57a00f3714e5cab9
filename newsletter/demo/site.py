"""The demo's own page: where to sign up, the mailbox, and the list as the marketing tool pulls it."""

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from werkzeug.serving import make_server

from newsletter.demo.mailbox import HOST, Letter, Mailbox

PATIENCE = 5.0  # seconds
SHEET = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
LETTER = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox"
IN_A_NEW_TAB = '<base target="_blank">'

blueprint = Blueprint("demo", __name__)


@dataclass(frozen=True, kw_only=True)
class Service:
    """The service as this page sees it: from outside, with a key."""

    port: int
    key: str
    newsletters: Mapping[str, str]  # slug -> name

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def curl(self, slug: str) -> str:
        return f"curl -H 'Authorization: Bearer {self.key}' {self.url}{contacts_path(slug)}"

    def is_ready(self) -> bool:
        return self.get("/health/ready", timeout=1)[0] == HTTPStatus.OK

    def get(self, path: str, timeout: float = PATIENCE) -> tuple[int, str]:
        """Status and body; status 0 when nobody answers."""
        connection = HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()


def contacts_path(slug: str) -> str:
    return f"/api/v1/newsletters/{slug}/contacts"


@blueprint.get("/")
def show() -> str:
    return render_template("demo.html", service=service(), letters=len(mailbox().letters))


@blueprint.get("/mailbox")
def letters() -> str:
    return render_template("mailbox.html", letters=list(enumerate(mailbox().letters))[::-1])


@blueprint.get("/mailbox/<int:number>")
def read(number: int) -> str:
    return render_template("letter.html", number=number, letter=letter(number))


@blueprint.get("/mailbox/<int:number>/html")
def read_html(number: int) -> Response:
    page = IN_A_NEW_TAB + letter(number).part("html")
    return Response(page, headers={"Content-Security-Policy": LETTER})


@blueprint.get("/contacts/<slug>")
def contacts(slug: str) -> str:
    if slug not in service().newsletters:
        abort(404)
    status, body = service().get(contacts_path(slug))
    return render_template("contacts.html", slug=slug, service=service(), status=status, body=indented(body))


@blueprint.after_request
def secured(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", SHEET)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def letter(number: int) -> Letter:
    found = mailbox().letters
    if number >= len(found):
        abort(404)
    return found[number]


def mailbox() -> Mailbox:
    found: Mailbox = current_app.config["MAILBOX"]
    return found


def service() -> Service:
    found: Service = current_app.config["SERVICE"]
    return found


def indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


@contextmanager
def served(found: Service, letters: Mailbox) -> Iterator[int]:
    """The page, in a thread of its own, for the length of the block; on which port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Flask(__name__, static_folder=None)
    app.config.update(SERVICE=found, MAILBOX=letters, TRUSTED_HOSTS=[HOST, "localhost"])
    app.register_blueprint(blueprint)
    server = make_server(HOST, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
