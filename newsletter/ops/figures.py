"""Figures that are read from the database when asked for: true for any number of machines, and after any restart."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from itertools import product

from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter import catalog, clock, counts, journal, logs, mailboxes, outbox, privacy, signups
from newsletter.access import ApiKey, Scope
from newsletter.counts import Event, Total
from newsletter.db import reader
from newsletter.jobs import JobRun
from newsletter.ops import connectors, webhooks
from newsletter.ops.families import counter, figure, gauge
from newsletter.privacy import Disuse

RESULTS = (Event.SIGNED_UP, Event.CONFIRMED, Event.EXPIRED, Event.NOT_ME)
LETTERS = {Event.LETTER_ACCEPTED: "accepted", Event.LETTER_REFUSED: "refused"}
UNKNOWN = "unknown"
"""Of letters that were counted before their kind was."""
Totals = Mapping[Total, int]
log = logs.get("figures")


class Figures(Collector):
    """A database that is down is a figure too; what the processes counted is told all the same."""

    def collect(self) -> Iterator[Metric]:
        try:
            with reader() as session:
                found = [metric for figures in FIGURES for metric in figures(session)]
        except SQLAlchemyError:
            log.exception("figures not read")
            found = []
        yield figure("database_up", "Whether the database answered.", bool(found))
        yield from found


def of_people(session: Session) -> Iterator[Metric]:
    totals = counts.totals(session, clock.now().date())
    yield from (*of_signups(totals), of_mails(totals), of_leavings(totals))


def of_signups(totals: Totals) -> Iterator[Metric]:
    """Each newsletter from nothing on: an alarm would not see the increase of a figure that has just come."""
    asked = counter("signups", "What became of sign-ups.", "newsletter", "result")
    confirmed = counter("confirmations", "Sign-ups confirmed.", "newsletter")
    became = Counter(dict.fromkeys(product(catalog.slugs(), RESULTS), 0))
    for of, number in totals.items():
        if of.event in RESULTS:
            became[of.newsletter, of.event] += number
    for (newsletter, result), number in became.items():
        asked.add_metric([newsletter, result], number)
        if result is Event.CONFIRMED:
            confirmed.add_metric([newsletter], number)
    yield from (asked, confirmed)


def of_mails(totals: Totals) -> Metric:
    answered = "Letters that the relay has answered for good, refusals that were acquitted later included."
    mails = counter("mails", answered, "newsletter", "kind", "result")
    for of, number in totals.items():
        if of.event in LETTERS:
            mails.add_metric([of.newsletter, of.letter or UNKNOWN, LETTERS[of.event]], number)
    return mails


def of_leavings(totals: Totals) -> Metric:
    left = counter("unsubscribes", "Subscriptions ended, by the door people left through.", "channel")
    doors: Counter[str] = Counter()
    for of, number in totals.items():
        if of.event is Event.UNSUBSCRIBED:
            doors[of.channel] += number
    for channel, number in doors.items():
        left.add_metric([channel], number)
    return left


def of_letters(session: Session) -> Iterator[Metric]:
    age = clock.seconds_since(outbox.oldest_due(session, clock.now()))
    yield figure("queue_oldest_age_seconds", "How long the oldest letter that is due has been waiting.", age)
    yield figure("relay_paused", "Whether the outbox is paused.", outbox.RelayState.the_one(session).is_paused)


def of_duties(session: Session) -> Iterator[Metric]:
    """Of the duties that there are now: what a setting or a release has taken away is late for ever.

    One that was never done is told, too: it may be one that fails, and has since it came.
    """
    runs = {run.job: run for run in session.scalars(select(JobRun))}
    deleted = counter("deletions", "Rows deleted, by the rule that did it.", "reason")
    last = gauge("job_last_run_timestamp_seconds", "When each of the worker's duties was last done.", "duty")
    for rule in privacy.RULES:
        deleted.add_metric([rule], runs[rule].total if rule in runs else 0)
    for duty in (*privacy.RULES, *([journal.DUTY] if journal.is_kept() else [])):
        last.add_metric([duty], runs[duty].finished_at.timestamp() if duty in runs else 0)
    yield from (deleted, last)
    yield figure("overdue_deletions", "Sign-ups past their deadline and still here.", signups.overdue(session))


def of_keys(session: Session) -> Iterator[Metric]:
    held = "API keys whose reports are not believed for now, because they ended too much."
    yield figure("keys_held", held, ApiKey.count_held(session))
    used = gauge("feed_keys_last_used_timestamp_seconds", "The day on which a key to the feed was last used.", "key")
    for key in ApiKey.all(session):
        if key.last_used_on and key.is_valid(clock.now()) and key.allows(Scope.FEED_READ):
            used.add_metric([key.id], datetime.combine(key.last_used_on, time(), UTC).timestamp())
    yield used


def of_returns(session: Session) -> Iterator[Metric]:
    """Nothing is told of a way that is not configured, so that nothing rings for it."""
    proven = gauge("inbound_proven_timestamp_seconds", "When the newest test mail was sent that has come back.")
    aside = gauge("mails_aside", "Mails that came back and could not be dealt with, waiting for staff to look.")
    if mailboxes.is_configured():
        proven_at = mailboxes.MailWay.the_one(session).proven_at
        proven.add_metric([], proven_at.timestamp() if proven_at else 0)
        aside.add_metric([], mailboxes.count_aside(session))
    yield from (proven, aside)


def of_consents(session: Session) -> Iterator[Metric]:
    unused = gauge("consents_unused", "Consents that nobody used for so long.", "newsletter", "term")
    stopped = gauge("consents_lapse_stopped", "Unused consents that did not end: too many at once.", "newsletter")
    for found in session.scalars(select(Disuse)):
        unused.add_metric([found.newsletter, "half"], found.half)
        unused.add_metric([found.newsletter, "full"], found.full)
        stopped.add_metric([found.newsletter], found.stopped)
    yield from (unused, stopped)


def of_requests(session: Session) -> Iterator[Metric]:
    """What people asked for about their data, and what should have been answered by now (A8.3)."""
    opened, overdue = privacy.requests.open_and_overdue(session)
    yield figure("dsar_open", "Requests of people about their data that are open.", opened)
    yield figure("dsar_overdue", "Open requests whose due date is over.", overdue)


FIGURES = (
    of_people,
    of_letters,
    of_duties,
    of_keys,
    of_returns,
    of_consents,
    of_requests,
    webhooks.of_webhooks,
    connectors.of_connectors,
)
