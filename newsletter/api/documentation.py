"""The machine interface described: for machines as OpenAPI 3.1, for people as a page made of the same."""

import json
from typing import Any

from flask import Response, current_app, render_template

from newsletter import refusals
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint
from newsletter.api.description import Api
from newsletter.rendering import policy, static_url

blueprint = Blueprint("Documentation", "What you are reading.")
blueprint.template_folder = "templates"


@blueprint.get("/openapi.json", scope=None)
@blueprint.response(200, {"type": "object"})
@blueprint.unless_unchanged
def openapi() -> Response:
    """This interface as OpenAPI 3.1. No key is needed."""
    answer = answers.document(json.dumps(description(), ensure_ascii=False, indent=2))
    return public(answer)


@blueprint.get("/docs", scope=None)
@blueprint.response(200, {"type": "string"}, content_type="text/html")
@blueprint.unless_unchanged
def docs() -> Response:
    """This interface described for people, without script and without anything from elsewhere. No key is needed."""
    shown = {"spec": description(), "problems": problems(), "style": static_url("style.css")}
    page = render_template("api/docs.html", **shown)
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = policy(())
    return public(answer)


def problems() -> list[dict[str, Any]]:
    """Every refusal by its name, with which its `type` ends; only a limit's `type` is IANA's."""
    return [
        {"slug": refusals.slug_of(refusal), "status": status, "sentence": refusal.__doc__}
        for refusal, status in sorted(refusals.STATUS.items(), key=lambda found: found[0].__name__)
    ]


def public(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answers.conditional(answer)


def description() -> dict[str, Any]:
    api: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api.described()
