"""The page that a letter's link opens."""

from flask.testing import FlaskClient

from tests.people import Forms

ADA, GRACE = "ada.lovelace@example.org", "grace@example.com"


def fields_of(client: FlaskClient, path: str, form: str = "confirm") -> dict[str, str]:
    """What pressing the button of the page now would send."""
    fields: dict[str, str] = Forms(client.get(path).text).forms[form]["fields"]
    return fields
