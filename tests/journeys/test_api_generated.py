"""Whatever fits the description of the machine interface, or does not, is answered as that description says.

Nobody has thought of these requests: they are made from the description, the same ones each time.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from newsletter.access import Scope
from tests.journeys.api_rights.acting import ADA, Door
from tests.people import People
from tests.receivers import Hooks, Receiver

DESCRIPTION = "/api/v1/openapi.json"
PROMISED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not that all that fits is taken: that a cursor is one of ours, a description cannot say."""
REJECTED = {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
FEW = settings(max_examples=8, derandomize=True, database=None)


@pytest.fixture
def description(service: Flask, client: FlaskClient) -> schemathesis.BaseSchema:
    """Keys apart: every request here brings a good one."""
    told: dict[str, Any] = client.get(DESCRIPTION).get_json()
    for operations in told["paths"].values():
        for operation in operations.values():
            if "security" in operation:
                del operation["security"]
    schema = schemathesis.openapi.from_dict(told, config=schemathesis.Config.from_dict(REJECTED))
    schema.app, schema.location = service, DESCRIPTION
    return schema


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.name.lower())
def test_requests_made_from_the_description_are_answered_as_it_says(
    mode: GenerationMode,
    description: schemathesis.BaseSchema,
    client: FlaskClient,
    people: People,
    hooks: Hooks,
    receiver: Receiver,
) -> None:
    """E12, D4.1"""
    people.subscribe(ADA, tracking=True)
    door = Door(client, *Scope)
    known = {"slug": "nyhedsbrev", "contact_id": door.contacts()[0]["id"], "webhook_id": hooks.add(receiver)["id"]}
    headers = {**door.headers, "Accept-Encoding": "identity"}
    answers = set[int]()

    for operation in (found.ok() for found in description.get_all_operations()):
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # nothing but ids, of which none is wrong in itself

        @FEW
        @given(operation.as_strategy(generation_mode=mode), st.booleans())
        def ask(case: Case, about_somebody: bool) -> None:
            if about_somebody:
                case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
            answer = case.call(headers=headers)
            answers.add(answer.status_code)
            case.validate_response(answer, checks=PROMISED, headers=headers)

        ask()

    assert answers >= ({200, 204} if mode is GenerationMode.POSITIVE else {400, 422})
