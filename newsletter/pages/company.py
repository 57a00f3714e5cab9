"""What belongs to no person: the list of newsletters, the privacy page, the style sheets."""

import mimetypes
import re

from flask import Blueprint, Response, abort, request

from newsletter import catalog, rendering
from newsletter.rendering import STATIC, open_page

blueprint = Blueprint("company", __name__)
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A file's address changes with its content."""
ACCENT = re.compile(r"[0-9a-f]{6}")
BRAND = ":root{{--act:{light};--link:{light}}}@media (prefers-color-scheme:dark){{:root{{--act:{dark};--link:{dark}}}}}"


@blueprint.get("/", strict_slashes=False)
def index() -> Response:
    return open_page("index.html")


@blueprint.get("/privacy")
def privacy() -> Response:
    """The controller, the retention table, rights, recipients, as the catalogue has them (A1.14), if there is one."""
    found = rendering.catalog_if_any()
    kept = catalog.table(found, rendering.reader_language()) if found else ()
    return open_page("privacy.html", kept=kept, newsletters=rendering.all_newsletters())


@blueprint.get("/static/<digest>/<name>")
def static(digest: str, name: str) -> Response:
    if name not in STATIC or digest != rendering.static_digest(name):
        abort(404)
    return kept(STATIC[name], mimetypes.guess_type(name)[0])


@blueprint.get("/brand/<accent>.css")
def brand(accent: str) -> Response:
    """A newsletter's colour: a sheet of its own, since the policy of our pages allows no style within them."""
    if not ACCENT.fullmatch(accent):
        abort(404)
    return kept(BRAND.format(light=f"#{accent}", dark=catalog.on_dark(f"#{accent}")), "text/css")


def kept(file: str | bytes, mimetype: str | None) -> Response:
    answer = Response(file, 200, FOR_EVER, mimetype=mimetype)
    answer.add_etag()
    answer.make_conditional(request)
    return answer
