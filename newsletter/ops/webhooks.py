"""How webhooks fare, for `/metrics`: read from the database, where every worker's turns add up (E15)."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import HistogramMetricFamily, Metric
from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.feed import webhooks
from newsletter.feed.webhooks import BOUNDS, Webhook, WebhookState
from newsletter.ops.families import counter, figure, gauge

RESULTS = ("delivered", "failed", "dead")


def of_webhooks(session: Session) -> Iterator[Metric]:
    """Labels are the ids of webhooks: operators make them, a handful of them."""
    tried = "Pushes that arrived, attempts that failed, pushes given up."
    results = counter("webhook_deliveries", tried, "webhook", "result")
    behind = "Age of the oldest change that an enabled webhook has not been told."
    lag = gauge("webhook_lag_seconds", behind, "webhook")
    found = Webhook.all(session)
    for webhook in found:
        for result in RESULTS:
            results.add_metric([webhook.id, result], getattr(webhook, result))
        if webhook.is_enabled:
            lag.add_metric([webhook.id], clock.seconds_since(webhooks.oldest_untold(session, webhook)))
    gone = sum(webhook.state == WebhookState.GONE for webhook in found)
    yield from (results, lag, figure("webhooks_gone", "Webhooks whose receiver answered 410.", gone))
    yield propagation(found)


def propagation(found: Sequence[Webhook]) -> Metric:
    """All webhooks in one: where a withdrawal is late, the lag says to whom."""
    told = HistogramMetricFamily(
        "newsletter_withdrawal_propagation_seconds", "From a withdrawal to the receiver's answer that has it."
    )
    sums = [sum(column) for column in zip(*(webhook.propagation for webhook in found), strict=True)]
    counts, total = (sums[:-1], sums[-1]) if sums else ([0.0] * (len(BOUNDS) + 1), 0.0)
    bounds = [*(str(float(bound)) for bound in BOUNDS), "+Inf"]
    told.add_metric([], [(bound, sum(counts[: n + 1])) for n, bound in enumerate(bounds)], total)
    return told
