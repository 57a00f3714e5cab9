"""Looking changes nothing, whatever the route (PRODUCT 4.12; D1.2, D1.7)."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from newsletter import access
from newsletter.access import Scope
from tests.conftest import Contents
from tests.journeys.privacy_of_pages.places import spelt

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
EXEMPT = ("reads", "api_keys")
"""The two effects that a GET may have: the journal of reads, and the day of a key's last use (PRODUCT 4.12)."""


def test_looking_at_anything_changes_nothing(
    service: Flask, client: FlaskClient, places: dict[str, str], contents: Callable[[], Contents]
) -> None:
    key = access.create("tool", list(Scope), [], None)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    before = contents()
    seen = []

    for rule in service.url_map.iter_rules():
        for path in spelt(rule, places):
            for accepted in ("text/html", "application/json"):
                for method in sorted({"GET", "HEAD", "OPTIONS"} & (rule.methods or set())):
                    answer = client.open(
                        path, method=method, headers={"Accept": accepted, "X-Forwarded-For": "1.2.3.4"}
                    )
                    seen.append((path, method, answer.status_code))
                    answer.close()

    assert {status for path, _, status in seen if path not in (places["gone"], places["gone cancel"])} <= {
        200,
        204,
        403,
    }
    after = contents()
    assert {name: rows for name, rows in after.items() if name not in EXEMPT} == {
        name: rows for name, rows in before.items() if name not in EXEMPT
    }


def test_what_a_route_does_not_do_it_refuses(
    service: Flask, client: FlaskClient, places: dict[str, str], contents: Callable[[], Contents]
) -> None:
    before = contents()
    paths = {path for rule in service.url_map.iter_rules() for path in spelt(rule, places)}
    known = {path: set(service.url_map.bind("localhost").allowed_methods(path)) for path in paths}

    for path, methods in known.items():
        for method in METHODS - methods:
            answer = client.open(path, method=method)
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].split(", ")) == methods

    assert contents() == before
