"""Asking for another address, and confirming it."""

from werkzeug.test import TestResponse

from tests.people import Forms, People

ADA, NEW, GRACE, EVE = "ada@example.org", "ada@new.example.com", "grace@example.com", "eve@example.org"


def move(people: People, link: str, to: str = NEW) -> TestResponse:
    """Type another address on the own page, and send it."""
    fields = Forms(people.client.get(link).text).forms["address"]["fields"]
    return people.client.post(link, data={**fields, "email": to})
