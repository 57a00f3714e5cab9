"""What `flask doctor` looks at of the marketing tools: whether they are told, by webhook or connector."""

from collections.abc import Container, Iterable, Iterator, Mapping

from newsletter import catalog, config, feed
from newsletter.commands.finding import Finding, fail, ok, warn
from newsletter.db import reader
from newsletter.errors import ConnectorsInvalid
from newsletter.feed import Standing, connectors, webhooks
from newsletter.feed.connectors import Declared
from newsletter.feed.webhooks import WebhookState


def receivers() -> Iterator[Finding]:
    """Whether pushes arrive, by what the workers have seen of it."""
    found = webhooks.all_webhooks()
    troubled = [webhook for webhook in found if webhook.is_down or webhook.state == WebhookState.GONE]
    for webhook in troubled:
        why = "its receiver answered 410" if webhook.state == WebhookState.GONE else "nothing arrives"
        yield warn(f"{webhook.id} does not work: {why}. `flask webhooks deliveries {webhook.id}` tells more.")
    if not troubled:
        yield ok(f"{len(found)} of {len(found)} work.")


def connected() -> Iterator[Finding]:
    """Whether the file of connectors can be used, and each gets through, by what the workers have seen of it."""
    try:
        known = connectors.declared(config.current())
    except ConnectorsInvalid as error:
        yield from map(fail, str(error).splitlines())
        return
    with reader() as session:
        standings = feed.standings(session)
        found = [*lost_newsletters(known), *unserved(standings, known), *troubles(standings, known)]
    yield from found or [ok(f"{len(known)} of {len(known)} work.")]


def lost_newsletters(known: Mapping[str, Declared]) -> Iterator[Finding]:
    for one in known.values():
        if one.newsletter not in catalog.current().newsletters:
            yield fail(f"{one.name} is for the newsletter {one.newsletter}, and there is none of that name.")


def unserved(standings: Iterable[Standing], known: Iterable[str]) -> Iterator[Finding]:
    """Workers read the file when they start."""
    served = {one.state.name for one in standings}
    for name in known:
        if name not in served:
            yield warn(f"{name} has not been served by any worker yet: restart them after a change of the file.")


def troubles(standings: Iterable[Standing], known: Container[str]) -> Iterator[Finding]:
    for state in (one.state for one in standings):
        if state.name not in known:
            yield warn(f"{state.name} is in the file no more, its tool is not told: `flask feed forget {state.name}`.")
        elif state.misconfigured or state.troubles:
            why = "set up wrongly" if state.misconfigured else "its tool does not answer"
            yield warn(f"{state.name} does not work: {why}. `flask feed status` tells more.")
