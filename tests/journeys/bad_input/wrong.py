"""What is wrong about a post, and how that is said."""

from typing import Any

from werkzeug.test import TestResponse

from tests.people import People

ADA = "ada@example.org"
PATH = "/newsletters/nyhedsbrev/signups"
PROBLEM = "application/problem+json"


def post(people: People, **how: Any) -> TestResponse:
    return people.client.post(PATH, **how)


def filled(people: People, **changes: Any) -> dict[str, Any]:
    """The fields of a form that was filled in well but for these, as JSON has them."""
    fields = people.filled(ADA)
    return {"consents": fields.pop("consent"), **fields, **changes}


def is_problem(answer: TestResponse, *statuses: int) -> bool:
    told = answer.get_json()
    assert (answer.mimetype, answer.status_code) == (PROBLEM, told["status"]), answer.text
    assert told.keys() >= {"type", "title", "status", "detail"}
    return answer.status_code in statuses
