"""What belongs to no person: the list of newsletters, the privacy page, the style sheet."""

from flask import Blueprint, Response, abort, send_from_directory

from newsletter import rendering
from newsletter.rendering import STATIC, open_page

blueprint = Blueprint("company", __name__)
FOR_EVER = 31_536_000  # seconds; a file's address changes with its content


@blueprint.get("/")
def index() -> Response:
    return open_page("index.html")


@blueprint.get("/privacy")
def privacy() -> Response:
    """The controller, the retention table, rights, recipients, as the catalogue has them (A1.14)."""
    return open_page("privacy.html", **rendering.notice())


@blueprint.get("/static/<digest>/<name>")
def static(digest: str, name: str) -> Response:
    if not (STATIC / name).is_file() or digest != rendering.static_digest(name):
        abort(404)
    answer = send_from_directory(STATIC, name)
    answer.headers["Cache-Control"] = f"public, max-age={FOR_EVER}, immutable"
    return answer
