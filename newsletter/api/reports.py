"""Back from the tool: what became of the mails that it sent."""

from typing import Any

from flask import Response, request

from newsletter import feedback
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, key
from newsletter.api.queries import ReportsBody
from newsletter.api.shapes import ref
from newsletter.feedback import Outcome, Report

LARGEST = 512 * 1024  # bytes: as many items as may come, each with the longest address
blueprint = Blueprint("Reports", "What became of the mails that the tool sent.")


@blueprint.before_request
def take_large_ones() -> None:
    request.max_content_length = LARGEST


@blueprint.post("/reports", scope=Scope.REPORTS_WRITE)
@blueprint.arguments(ReportsBody)
@blueprint.response(200, ref("Outcomes"))
def create(body: dict[str, Any]) -> Response:
    """Bounces, complaints, unsubscribes done in the tool, and uses of the consent; 1000 items at most.

    Answered item by item, in the same order: `unknown` for what the key does not reach or nobody is, `refused` with a
    reason, else `done`. Sending the same again changes nothing. An item of the wrong shape refuses the whole.
    """
    reports = [Report(**item) for item in body["items"]]
    return answers.of({"items": [told(outcome) for outcome in feedback.take(reports, key().id)]})


def told(outcome: Outcome) -> dict[str, str | None]:
    return {"result": outcome.result, "reason": outcome.reason}
