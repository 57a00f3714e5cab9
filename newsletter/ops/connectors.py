"""How connectors fare, for `/metrics`: read from the database, where every worker's turns add up (E8, E15)."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy.orm import Session

from newsletter import clock, feed
from newsletter.ops.families import counter, gauge, summary

RESULTS = ("done", "retried", "refused")


def of_connectors(session: Session) -> Iterator[Metric]:
    """Labels are the names that the operator gave: a handful."""
    found = feed.standings(session)
    results = counter("connector_deliveries", "What tools answered, by what became of it.", "connector", "result")
    took = summary("connector_withdrawal_seconds", "From a withdrawal to the tool's answer.", "connector")
    for one in found:
        for result in RESULTS:
            results.add_metric([one.state.name, result], getattr(one.state, result))
        took.add_metric([one.state.name], *one.withdrawals)
    yield from (results, took)
    yield each(
        "lag_seconds",
        "Age of the oldest change that a tool has not been told.",
        {one.state.name: clock.seconds_since(one.oldest) for one in found},
    )
    yield each(
        "dead",
        "Contacts that a tool will not take, or that failed for days.",
        {one.state.name: one.refused + one.exhausted for one in found},
    )
    yield each(
        "misconfigured",
        "Whether only the operator can help.",
        {one.state.name: one.state.misconfigured for one in found},
    )
    yield each(
        "drift",
        "Contacts that tool and service saw differently when last compared.",
        {one.state.name: one.state.drift for one in found},
    )


def each(name: str, help: str, values: dict[str, float | None]) -> Metric:
    """A figure of each connector, where it is known."""
    told = gauge(f"connector_{name}", help, "connector")
    for connector, value in values.items():
        if value is not None:
            told.add_metric([connector], value)
    return told
