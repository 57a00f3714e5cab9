"""What a process counts by itself; whatever the database knows is read from there when asked for (E15).

Labels are bounded: route rules instead of paths, known methods, closed lists. No address, token or id is ever one.
Where several gunicorn workers run, each keeps its figures in a file of its own, and a scrape adds them up.
"""

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # several workers could not tell when
REGISTRY = CollectorRegistry()
"""Our own: the default one would tell the versions of what we run on."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
UNTIL_CONFIRMED = (30, 60, 120, 300, 900, 3600, 14400, 43200, 86400, 259200, 604800)
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
OTHER = "other"

FORWARDED_HEADERS_IGNORED = Counter(
    "newsletter_forwarded_header_ignored_total",
    "Requests whose forwarding header came from a peer that is not trusted.",
    registry=REGISTRY,
)
RATE_LIMITED = Counter(
    "newsletter_rate_limited_total", "Requests refused by a limit, by its class.", ["rule_class"], registry=REGISTRY
)
for rule_class in ("posts", "address_changes", "own_page"):
    RATE_LIMITED.labels(rule_class)  # a series that began with its first refusal would never have risen
TRAPPED = Counter(
    "newsletter_trapped_total",
    "Posts whose hidden field was filled in: answered as usual, and not stored.",
    registry=REGISTRY,
)
TIME_TO_CONFIRM = Histogram(
    "newsletter_time_to_confirm_seconds",
    "From the sign-up to the press of the button.",
    buckets=UNTIL_CONFIRMED,
    registry=REGISTRY,
)
HTTP_REQUESTS = Counter(
    "newsletter_http_requests_total", "Requests answered.", ["route", "method", "status"], registry=REGISTRY
)
HTTP_DURATION = Histogram(
    "newsletter_http_request_duration_seconds",
    "From the request's arrival to the end of its answer.",
    ["route"],
    buckets=SECONDS,
    registry=REGISTRY,
)


@lru_cache(maxsize=2000)
def requests_like(route: str, method: str, status: str) -> Counter:
    """`route` is the rule that matched and `method` one that is known, or something fixed in their place.

    Finding a label's child costs more than counting with it.
    """
    return HTTP_REQUESTS.labels(route, method, status)


@lru_cache(maxsize=200)
def duration_of(route: str) -> Histogram:
    return HTTP_DURATION.labels(route)
