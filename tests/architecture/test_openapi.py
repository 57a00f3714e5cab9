"""The description of the machine interface says what the service does, and nothing else (D4.1)."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from newsletter import access
from newsletter.access import Scope
from newsletter.api.evidence_shapes import EVIDENCE_SCHEMAS
from newsletter.api.rights_shapes import RIGHTS_SCHEMAS
from newsletter.api.shapes import SCHEMAS
from newsletter.api.webhook_shapes import WEBHOOK_SCHEMAS
from tests.people import People
from tests.receivers import Hooks, Receiver

ALL_SCHEMAS = {**SCHEMAS, **EVIDENCE_SCHEMAS, **RIGHTS_SCHEMAS, **WEBHOOK_SCHEMAS}
OPEN = {"/api/v1/openapi.json", "/api/v1/docs"}


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return found


def operations(spec: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): operation
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def validator(spec: dict[str, Any], name: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_description_is_valid_openapi(spec: dict[str, Any]) -> None:
    """E12"""
    validate(spec)

    assert spec["openapi"] == "3.1.0"


def test_every_route_is_described_and_every_description_has_a_route(service: Flask, spec: dict[str, Any]) -> None:
    """E12"""
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in service.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith("/api/v1/") and method not in ("HEAD", "OPTIONS")
    }

    assert set(operations(spec)) == routes


def test_every_operation_says_which_key_it_needs(spec: dict[str, Any]) -> None:
    for (path, method), operation in operations(spec).items():
        if path in OPEN:
            assert "security" not in operation
        else:
            [needed] = operation["security"]
            assert set(needed["bearer"]) <= set(Scope), (path, method)
            assert {"401", "403"} <= operation["responses"].keys()


def test_every_operation_on_something_says_that_it_may_not_be_there(spec: dict[str, Any]) -> None:
    for (path, method), operation in operations(spec).items():
        assert "{" not in path or "404" in operation["responses"], (path, method)


def test_every_operation_is_explained_and_fails_with_a_problem(spec: dict[str, Any]) -> None:
    for operation in operations(spec).values():
        assert operation["summary"]
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    for answer in spec["components"]["responses"].values():
        assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("name", [name for name, shape in ALL_SCHEMAS.items() if "examples" in shape])
def test_every_example_is_what_its_schema_says(spec: dict[str, Any], name: str) -> None:
    """E12"""
    for example in ALL_SCHEMAS[name]["examples"]:
        validator(spec, name).validate(example)


def test_real_answers_are_what_the_description_says(
    service: Flask, client: FlaskClient, people: People, spec: dict[str, Any]
) -> None:
    """D4.1, E12"""
    headers = {"Authorization": f"Bearer {access.create('the tool', list(Scope), [], None)}"}
    people.subscribe("ada@example.org", tracking=True, first_name="Ada")
    feed = "/api/v1/newsletters/nyhedsbrev"
    contact = client.get(f"{feed}/contacts", headers=headers).get_json()["items"][0]
    path = f"/api/v1/contacts/{contact['id']}"
    client.post(f"{path}/unsubscribe", json={"reason": "by phone", "actor": "Grace"}, headers=headers)

    for name, url in {
        "Contact": path,
        "Contacts": f"{feed}/contacts?status=unsubscribed",
        "Changes": f"{feed}/changes",
        "Stats": f"{feed}/stats",
        "Evidence": f"{path}/evidence",
        "Problem": f"{feed}/contacts?limit=0",
    }.items():
        validator(spec, name).validate(client.get(url, headers=headers).get_json())
    search = client.post("/api/v1/contacts/search", json={"email": "ada@example.org"}, headers=headers)
    validator(spec, "Found").validate(search.get_json())
    why = {"reason": "by letter", "actor": "Grace"}
    erased = client.delete(path, json=why, headers=headers)
    validator(spec, "Erased").validate(erased.get_json())
    locked = client.post("/api/v1/evidence/locked", json={"email": "ada@example.org", **why}, headers=headers)
    validator(spec, "Locked").validate(locked.get_json())


def test_every_line_of_a_stream_is_what_the_description_says(
    client: FlaskClient, people: People, spec: dict[str, Any]
) -> None:
    """E12: the one that closes it, too."""
    people.subscribe("ada@example.org")
    headers = {"Authorization": f"Bearer {access.create('the tool', [Scope.FEED_READ], [], None)}"}
    described = spec["paths"]["/api/v1/newsletters/{slug}/contacts.ndjson"]["get"]["responses"]["200"]
    line = {**described["content"]["application/x-ndjson"]["schema"], "components": spec["components"]}

    stream = client.get("/api/v1/newsletters/nyhedsbrev/contacts.ndjson?end=1", headers=headers)

    for told in stream.text.splitlines():
        Draft202012Validator(line).validate(json.loads(told))


def test_real_pushes_and_webhooks_are_what_the_description_says(
    hooks: Hooks, receiver: Receiver, people: People, spec: dict[str, Any]
) -> None:
    """E12"""
    full, thin = hooks.add(receiver), hooks.add(receiver, payload="thin")
    hooks.add(receiver, format="cloudevents")
    people.subscribe("ada@example.org", tracking=True)
    people.leave("ada@example.org")
    hooks.push()
    path = f"/webhooks/{full['id']}"

    validator(spec, "NewWebhook").validate(thin)
    validator(spec, "Webhook").validate(hooks.get(path).get_json())
    validator(spec, "Webhooks").validate(hooks.get("/webhooks").get_json())
    validator(spec, "Deliveries").validate(hooks.get(f"{path}/deliveries").get_json())
    validator(spec, "Secret").validate(hooks.post(f"{path}/rotate", {}).get_json())
    validator(spec, "Tried").validate(hooks.post(f"{path}/test").get_json())
    validator(spec, "Replay").validate(hooks.post(f"{path}/replay", {"after": "0-0"}).get_json())
    validator(spec, "Replay").validate(hooks.post(f"{path}/replay", {"dead": True}).get_json())
    hooks.push()
    [pushed] = spec["webhooks"].values()
    assert pushed["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Push")
    assert len(receiver.requests) == 9
    for request in receiver.requests:
        is_cloud_event = "specversion" in request.push
        validator(spec, "CloudEvent" if is_cloud_event else "Push").validate(request.push)


def test_the_page_for_people_needs_nothing_from_elsewhere(client: FlaskClient, spec: dict[str, Any]) -> None:
    page = client.get("/api/v1/docs")

    assert page.status_code == 200
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []
    assert all(path in page.text for path in spec["paths"])
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<code>fields-invalid</code> (422)" in page.text


@pytest.mark.parametrize("path", sorted(OPEN))
def test_what_is_the_same_for_everybody_may_be_kept_for_an_hour(client: FlaskClient, path: str) -> None:
    """E7"""
    first = client.get(path)

    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_an_answer_can_be_unchanged_where_the_description_says_so_and_nowhere_else(
    hooks: Hooks, receiver: Receiver, client: FlaskClient, people: People, spec: dict[str, Any]
) -> None:
    """E7, E12"""
    headers = {"Authorization": f"Bearer {access.create('the tool', list(Scope), [], None)}"}
    people.subscribe("ada@example.org")
    [contact] = client.get("/api/v1/newsletters/nyhedsbrev/contacts", headers=headers).get_json()["items"]
    ids = {"slug": "nyhedsbrev", "contact_id": contact["id"], "webhook_id": hooks.add(receiver)["id"]}

    for path, method in operations(spec):
        if method == "get":
            tag = client.get(path.format(**ids), headers=headers).headers.get("ETag")
            again = client.get(path.format(**ids), headers={**headers, "If-None-Match": tag or '"none"'})
            assert (again.status_code == 304) == ("304" in spec["paths"][path]["get"]["responses"]), path
