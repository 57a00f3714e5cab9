"""`/metrics`: what all web workers of this machine counted, and what the database knows (E15)."""

import hmac

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from newsletter import config, metrics, visitor
from newsletter.ops.figures import Figures

blueprint = Blueprint("scrape", __name__)


@blueprint.get("/metrics")
def show() -> Response:
    if not may_look():
        abort(403)
    known = CollectorRegistry()
    known.register(Figures())
    text = generate_latest(counted()) + generate_latest(known)
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def may_look() -> bool:
    """By token where one is set; else from this machine alone, and not through a proxy on it (PRODUCT 5.3)."""
    token = config.current().metrics_token
    if token is not None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
    return is_loopback(request.environ.get("REMOTE_ADDR", "")) and not any(
        name in request.headers for name in visitor.FORWARDING
    )


def is_loopback(peer: str) -> bool:
    address = visitor.parse(peer)
    return address is not None and address.is_loopback


def counted() -> CollectorRegistry:
    """The files of all workers added up, where gunicorn has a folder for them; else this process's own figures."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:
        return metrics.REGISTRY
    return registry
