"""Every write through the interface names reason and actor, needs its scope, and is journaled (PRODUCT 5.2)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter import access
from newsletter.access import Scope
from newsletter.db import reader
from tests.journeys.api_rights.acting import WHO, Door

WRITES = [
    ("PATCH", "", {"language": "da"}),
    ("PATCH", "", {"email": "ada@new.example.org"}),
    ("DELETE", "", {}),
    ("POST", "/unsubscribe", {}),
    ("POST", "/restrict", {}),
    ("POST", "/lift", {}),
    ("POST", "/withdraw", {"purposes": ["tracking"]}),
]


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_names_reason_and_actor(ada: str, door: Door, method: str, what: str, body: dict[str, Any]) -> None:
    before = door.contacts()

    for missing in WHO:
        named = {name: text for name, text in WHO.items() if name != missing}
        answer = door(method, ada + what, json={**body, **named})
        assert answer.status_code == 422
        assert list(answer.get_json()["errors"]) == [missing]
        assert door(method, ada + what, json={**body, **WHO, missing: " "}).status_code == 422
        assert door(method, ada + what, json={**body, **WHO, missing: "a\u202eb"}).status_code == 422
    assert door(method, ada + what, json=["reason"]).status_code in (400, 422)
    assert door(method, ada + what, data="{", content_type="application/json").status_code == 400

    assert door.contacts() == before


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_needs_its_scope_and_reaches_only_the_keys_newsletters(
    client: FlaskClient, ada: str, door: Door, method: str, what: str, body: dict[str, Any]
) -> None:
    """D4.2: on the level of the object, too."""
    before = door.contacts()
    reading = Door(client, Scope.CONTACTS_READ, Scope.FEED_READ)
    elsewhere = Door(client, Scope.CONTACTS_WRITE, newsletters=("webshop",))

    assert client.open(f"/api/v1{ada}{what}", method=method, json={**body, **WHO}).status_code == 401
    assert reading(method, ada + what, json={**body, **WHO}).status_code == 403
    assert elsewhere(method, ada + what, json={**body, **WHO}).status_code == 404
    assert door(method, f"/contacts/{'0' * 24}{what}", json={**body, **WHO}).status_code == 404

    assert door.contacts() == before


def test_a_key_for_one_newsletter_does_not_act_on_a_person_who_gets_another(
    client: FlaskClient, ada: str, door: Door
) -> None:
    """What acts on the person acts in every newsletter."""
    partly = Door(client, *Scope, newsletters=("nyhedsbrev",))
    before = door.contacts()

    for method, what in (("DELETE", ""), ("POST", "/restrict"), ("POST", "/lift")):
        assert partly(method, ada + what, json=WHO).status_code == 403
    assert partly("GET", f"{ada}/export").status_code == 403
    assert partly("PATCH", ada, json={"email": "ada@new.example.org", **WHO}).status_code == 403
    assert door.contacts() == before

    assert partly("PATCH", ada, json={"language": "da", **WHO}).status_code == 200
    assert partly("POST", f"{ada}/unsubscribe", json=WHO).status_code == 200


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_is_journaled(ada: str, door: Door, method: str, what: str, body: dict[str, Any]) -> None:
    door(method, ada + what, json={**body, **WHO})

    with reader() as session:
        read = session.scalars(select(access.Read).order_by(access.Read.id.desc())).first()
    assert read is not None
    assert read.what == f"/api/v1{ada}{what}"
    assert read.key_id
    assert read.rows == (2 if method == "DELETE" else 1), "of whoever is erased all contacts are told"
