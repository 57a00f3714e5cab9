"""What is pressed on the person's own page."""

from werkzeug.test import TestResponse

from tests.people import Forms, People

ADA, GRACE = "ada@example.org", "grace@example.com"


def form_of(people: People, link: str, name: str) -> dict[str, object]:
    """The fields of the first form whose id begins with this, as pressing its button would send them."""
    forms = Forms(people.client.get(link).text).forms
    return next(dict(form["fields"]) for form_id, form in forms.items() if form_id.startswith(name))


def post(people: People, link: str, form: str, **changes: object) -> TestResponse:
    return people.client.post(link, data={**form_of(people, link, form), **changes})
