"""The figures for Prometheus are for those alone who may look (D3.10)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("", {}, 403),
    ],
)
def test_without_a_token_only_this_machine_may_look(
    client: FlaskClient, peer: str, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": peer}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("given", "status"),
    [("Bearer a token", 200), ("bearer a token", 200), ("Bearer A token", 403), ("Bearer tökèn", 403), ("", 403)],
)
def test_with_a_token_its_bearer_alone_may_look(
    service: Flask, make_app: Callable[..., Flask], given: str, status: int
) -> None:
    client = make_app(metrics_token="a token").test_client()

    assert client.get("/metrics", headers={"Authorization": given}).status_code == status
