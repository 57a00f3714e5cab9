"""Whether what a rule goes by is kept for as long as it looks back: it would do less than it says, and nobody know."""

from collections.abc import Iterator, Sequence

from newsletter import config
from newsletter.catalog import Catalog
from newsletter.config import Limit
from newsletter.subscriptions import SOFT_BOUNCES_WITHIN

DAY = 86400  # seconds


def too_short(catalog: Catalog) -> Iterator[tuple[tuple[str, str], str]]:
    """The path of each term that is shorter than what needs it, and a sentence that says what that is."""
    for name, needed, why in needs(catalog):
        if catalog.term(name).number < needed:
            yield ("retention", f"{name}_days"), f"retention.{name}_days must be at least {needed}: {why}."


def needs(catalog: Catalog) -> Iterator[tuple[str, int, str]]:
    """Terms, how many days of each something needs, and what does."""
    for name, limits in counting(catalog):
        longest = max((limit.seconds for limit in limits), default=0)
        yield "limits", -(-longest // DAY), f"{name} counts over as many days"
    yield "bounces", SOFT_BOUNCES_WITHIN.days, "so long soft bounces are counted together"
    yield "journal", catalog.term("backups").number, "so old a backup may be, and what happened since is done again"


def counting(catalog: Catalog) -> Iterator[tuple[str, Sequence[Limit]]]:
    settings = config.current()
    yield "NEWSLETTER_LIMIT_SOURCE", settings.limit_source
    yield "NEWSLETTER_LIMIT_ADDRESS", settings.limit_address
    yield "NEWSLETTER_LIMIT_DOMAIN", settings.limit_domain
    yield "NEWSLETTER_LIMIT_NEWSLETTER", settings.limit_newsletter
    yield "NEWSLETTER_LIMIT_GLOBAL", settings.limit_global
    for slug, newsletter in catalog.newsletters.items():
        yield f"newsletters.{slug}.limits", [limit for limits in newsletter.limits.values() for limit in limits]
