"""A PostgreSQL that was made without a locale keeps bytes and knows no letters; the service brings its own."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import migrate
from tests.people import People, Tool
from tests.servers import Postgres

NAME = "Søren Żółć 漢"


@pytest.fixture
def database_url(server: Postgres) -> str:
    url = server.create_database(encoding="SQL_ASCII")
    migrate(url)
    return url


def test_names_in_any_letters_are_kept_in_it_and_found_again(people: People, tool: Tool, client: FlaskClient) -> None:
    assert people.subscribe("ada@example.org", language="da", first_name=NAME).status_code == 200

    contact = tool.contact("ada@example.org")
    sheet = client.get("/api/v1/newsletters/nyhedsbrev/contacts.csv", headers={"Authorization": f"Bearer {tool.key}"})

    assert contact["fields"] == {"first_name": NAME}
    assert NAME in sheet.text
    assert people.leave("ada@example.org").status_code == 200
