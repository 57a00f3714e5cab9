"""Whether what limits count is kept for as long as they count: they would let more through than they say."""

from collections.abc import Iterator, Sequence

from newsletter import config
from newsletter.catalog import Catalog
from newsletter.config import Limit

DAY = 86400  # seconds


def forgotten_limits(catalog: Catalog) -> Iterator[str]:
    """A sentence for each setting and newsletter that has a limit over a longer span than this catalogue keeps."""
    kept = catalog.term("limits").length.total_seconds()
    for name, limits in counting(catalog):
        longest = max((limit.seconds for limit in limits), default=0)
        if longest > kept:
            yield f"retention.limits_days must be at least {-(-longest // DAY)}: {name} counts over as many days."


def counting(catalog: Catalog) -> Iterator[tuple[str, Sequence[Limit]]]:
    settings = config.current()
    yield "NEWSLETTER_LIMIT_SOURCE", settings.limit_source
    yield "NEWSLETTER_LIMIT_ADDRESS", settings.limit_address
    yield "NEWSLETTER_LIMIT_DOMAIN", settings.limit_domain
    yield "NEWSLETTER_LIMIT_NEWSLETTER", settings.limit_newsletter
    yield "NEWSLETTER_LIMIT_GLOBAL", settings.limit_global
    for slug, newsletter in catalog.newsletters.items():
        yield f"newsletters.{slug}.limits", [limit for limits in newsletter.limits.values() for limit in limits]
