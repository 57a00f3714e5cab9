"""Families of figures, as Prometheus calls what goes by one name: each begins with the service's own."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily


def counter(name: str, help: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"newsletter_{name}", help, labels=labels)


def figure(name: str, help: str, value: float | None) -> GaugeMetricFamily:
    """One number, which is not told where it is not known."""
    return GaugeMetricFamily(f"newsletter_{name}", help, value)


def gauge(name: str, help: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"newsletter_{name}", help, labels=labels)


def summary(name: str, help: str, *labels: str) -> SummaryMetricFamily:
    return SummaryMetricFamily(f"newsletter_{name}", help, labels=labels)
