"""How connectors fare, for `/metrics`: read from the database, where every worker's turns add up (E8, E15)."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from sqlalchemy.orm import Session

from newsletter import clock, feed

RESULTS = ("done", "retried", "refused")


def of_connectors(session: Session) -> Iterator[Metric]:
    """Labels are the names that the operator gave: a handful."""
    found = feed.standings(session)
    results = CounterMetricFamily(
        "newsletter_connector_deliveries", "What tools answered, by what became of it.", labels=["connector", "result"]
    )
    took = SummaryMetricFamily(
        "newsletter_connector_withdrawal_seconds", "From a withdrawal to the tool's answer.", labels=["connector"]
    )
    for one in found:
        for result in RESULTS:
            results.add_metric([one.state.name, result], getattr(one.state, result))
        took.add_metric([one.state.name], *one.withdrawals)
    yield from (results, took)
    yield gauge(
        "lag_seconds",
        "Age of the oldest change that a tool has not been told.",
        {one.state.name: age(one.oldest) for one in found},
    )
    yield gauge(
        "dead",
        "Contacts that a tool will not take, or that failed for days.",
        {one.state.name: one.refused + one.exhausted for one in found},
    )
    yield gauge(
        "misconfigured",
        "Whether only the operator can help.",
        {one.state.name: one.state.misconfigured for one in found},
    )
    yield gauge(
        "drift",
        "Contacts that tool and service saw differently when last compared.",
        {one.state.name: one.state.drift for one in found},
    )


def gauge(name: str, help: str, values: dict[str, float | None]) -> Metric:
    told = GaugeMetricFamily(f"newsletter_connector_{name}", help, labels=["connector"])
    for connector, value in values.items():
        if value is not None:
            told.add_metric([connector], value)
    return told


def age(since: datetime | None) -> float:
    return max(0.0, (clock.now() - since).total_seconds()) if since else 0.0
