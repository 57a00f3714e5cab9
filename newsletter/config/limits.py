"""How limits are spelt, in settings and in the catalogue: `20/hour`, or several as `1/10minutes;3/30days`."""

import re
from dataclasses import dataclass

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
LIMIT = re.compile(r"(\d{1,10})/(\d{0,8})\s*(second|minute|hour|day)s?", re.ASCII)
MOST = 1_000_000_000  # a database's integer holds it
LONGEST = 30 * 86400  # seconds; what is counted is deleted after as long, as the privacy page says


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `most` within any `seconds`."""

    most: int
    seconds: int


def limits(raw: str) -> tuple[Limit, ...]:
    """`20/hour`, or several as `1/10minutes;3/30days`; of two over the same span the stricter one is the limit."""
    strictest: dict[int, Limit] = {}
    for read in (limit(part.strip()) for part in raw.split(";") if part.strip()):
        known = strictest.get(read.seconds, read)
        strictest[read.seconds] = min(known, read, key=lambda one: one.most)
    return tuple(strictest.values())


def limit(raw: str) -> Limit:
    found = LIMIT.fullmatch(raw)
    if not found:
        raise ValueError(f"must be like 20/hour or 1/10minutes;3/30days, not {raw!r}.")
    read = Limit(most=int(found[1]), seconds=int(found[2] or 1) * SECONDS[found[3]])
    if not (1 <= read.most <= MOST and 1 <= read.seconds <= LONGEST):
        raise ValueError(f"must be between 1 and {MOST}, in a span of up to 30 days, not {raw!r}.")
    return read
