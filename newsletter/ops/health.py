"""Liveness asks the process alone; readiness what it needs to serve. Neither tells versions or data (E16)."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from newsletter import catalog, engine, journal, refusals, vitals
from newsletter.db import reader
from newsletter.errors import NewsletterError
from newsletter.one_statement import on_living

blueprint = Blueprint("health", __name__, url_prefix="/health")

DATABASE_DOWN = "The database cannot be reached."
ONLY_READ = "The database may only be read."
SCHEMA_OLD = "The database's schema is older than this release: run `flask db upgrade`."
RESTORED = (
    "The database is older than its journal: it was restored from a backup, so it mails nothing and its feed is shut "
    "until `flask purge --after-restore` has done again what happened since."
)
FORWARDING_IGNORED = (
    "Forwarding headers from a peer that is not trusted were ignored within the last day: "
    "if the peer is your proxy, NEWSLETTER_TRUSTED_PROXIES must name it."
)


@blueprint.get("/live")
def live() -> Response:
    return uncached(jsonify({"status": "live"}))


@blueprint.get("/ready")
def ready() -> Response:
    obstacle, warnings = look()
    if obstacle:
        answer = refusals.problem(503, obstacle, title="Not ready")
        answer.headers["Retry-After"] = str(refusals.RETRY_AFTER_OUTAGE)
        return uncached(answer)
    return uncached(jsonify({"status": "ready", **({"warnings": warnings} if warnings else {})}))


def look() -> tuple[str | None, list[str]]:
    """What keeps this process from serving, if anything; and what should be looked into all the same."""
    try:
        return on_living(seen)
    except DBAPIError as error:
        return ONLY_READ if error.orig and engine.only_reads(error.orig) else DATABASE_DOWN, []
    except SQLAlchemyError:
        return DATABASE_DOWN, []
    except NewsletterError as refusal:
        return str(refusal), []


def seen() -> tuple[str | None, list[str]]:
    if not vitals.serves(vitals.revision()):
        return SCHEMA_OLD, []
    vitals.refuse_only_reading()
    catalog.current()
    if journal.is_restored():
        return RESTORED, []
    with reader() as session:
        return None, [FORWARDING_IGNORED] if vitals.forwarding_ignored_at(session) else []


def uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
