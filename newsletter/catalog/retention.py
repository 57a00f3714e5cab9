"""Retention: one declared table of what is kept how long, why, and what then becomes of it (A7.1).

It drives what deletes, the privacy page and docs/privacy/retention.md. Terms and bases are the catalogue's to change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter.catalog.term import Term, days, months
from newsletter.catalog.texts import Texts


@dataclass(frozen=True, kw_only=True)
class Row:
    """One class of data. The sentences are English and what translations go by; `span` may hold `%(term)s`.

    `term` is the default, and None where an event ends it; `most` is the highest that a catalogue may set.
    """

    name: str
    what: str
    span: str
    basis: str
    action: str
    term: Term | None = None
    most: int = 0
    by_newsletter: bool = False

    @property
    def key(self) -> str:
        """How a catalogue names the term, like `proof_months`; empty when it has none."""
        return f"{self.name}_{self.term.unit}" if self.term else ""


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What the catalogue says about terms, where it differs from the table's defaults."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    bases: Mapping[str, Texts] = field(default_factory=dict)
    end_unused: bool = False

    def term(self, name: str) -> Term:
        """The term in force. Raises KeyError for a class of data that has none."""
        return self.terms.get(name) or DEFAULTS[name]


def rows_with_terms(rows: Iterable[Row]) -> dict[str, Row]:
    """By the key that a catalogue sets them with."""
    return {row.key: row for row in rows if row.term}


ROWS = (
    Row(
        name="signups",
        what="A sign-up or a new address that was not confirmed, with its e-mail",
        span="Until the link in the e-mail ends",
        basis="Article 6(1)(f) GDPR: to ask the owner of the address",
        action="Deleted, unless it is held as evidence in a dispute",
    ),
    Row(
        name="letters",
        what="An e-mail that belongs to no sign-up any more",
        span="Until it was delivered or refused",
        basis="Article 6(1)(f) GDPR: to deliver the e-mail",
        action="Deleted",
    ),
    Row(
        name="subscriptions",
        what="A subscription with what was entered for it",
        span="As long as the newsletter is received, and %(term)s after that",
        basis="Article 6(1)(a) GDPR: your consent",
        action="Names and choices are deleted; the address goes with the proof",
        term=days(1),
        most=1,
    ),
    Row(
        name="ip",
        what="The IP addresses used for signing up, confirming, changing something and leaving",
        span="%(term)s after each act",
        basis="Article 6(1)(f) GDPR: to prove the consent, and to defend against abuse",
        action="Shortened: only the network stays, with the proof",
        term=months(12),
        most=24,
    ),
    Row(
        name="proof",
        what="The proof of consent: the address, times, texts and the e-mail",
        span="As long as a newsletter is received, and %(term)s after that",
        basis="Articles 7(1), 6(1)(f) and 17(3)(e) GDPR: to prove the consent, and to meet claims",
        action="Locked after leaving, then deleted",
        term=months(24),
        most=36,
        by_newsletter=True,
    ),
    Row(
        name="unused",
        what="A consent that is not used: no newsletter was sent",
        span="%(term)s after the last use or change",
        basis="Article 5(1)(e) GDPR: a consent that is not used may lapse",
        action="Marked for review after half the time and at its end",
        term=months(24),
        most=48,
        by_newsletter=True,
    ),
    Row(
        name="limits",
        what="Check values of addresses and sources that limits are counted by",
        span="At most %(term)s after what is counted",
        basis="Article 6(1)(f) GDPR: to defend against abuse",
        action="Deleted",
        term=days(30),
        most=30,
    ),
    Row(
        name="suppressions",
        what="The check value of an address that is not to be written to",
        span="%(term)s after it was asked for",
        basis="Articles 6(1)(f) and 21(3) GDPR: to heed the wish not to be written to",
        action="Deleted",
        term=months(24),
        most=36,
    ),
    Row(
        name="matches",
        what="The check value of an address by which the tool that sends the newsletter finds what has ended",
        span="%(term)s after the change",
        basis="Articles 7(3) and 19 GDPR: so that leaving reaches every recipient",
        action="Deleted",
        term=days(35),
        most=35,
    ),
    Row(
        name="bounces",
        what="Days on which mail could not be delivered to a subscriber",
        span="%(term)s after each of these days",
        basis="Article 6(1)(f) GDPR: to stop writing to addresses that do not work",
        action="Deleted",
        term=days(30),
        most=30,
    ),
    Row(
        name="mails",
        what="Mail sent to our addresses that could not be dealt with",
        span="%(term)s after it came",
        basis="Article 6(1)(f) GDPR: so that no wish to leave is lost",
        action="Deleted",
        term=days(14),
        most=30,
    ),
    Row(
        name="fresh_links",
        what="A link to one's own page that was asked for",
        span="One hour, or until a newer one or an erasure ends it",
        basis="Articles 12(2) and 32 GDPR: to know whom the page is shown to",
        action="Deleted",
    ),
    Row(
        name="reads",
        what="The journal of who has read contacts",
        span="%(term)s after each reading",
        basis="Articles 32 and 33 GDPR: so that a breach can be told",
        action="Deleted",
        term=days(90),
        most=366,
    ),
    Row(
        name="pushes",
        what="The journal of what was sent to the tool that sends the newsletter: numbers and times, no address",
        span="%(term)s after each was sent",
        basis="Articles 7(3) and 19 GDPR: so that leaving reaches every recipient",
        action="Deleted",
        term=days(30),
        most=90,
    ),
    Row(
        name="requests",
        what="Requests in writing or by phone, and holds in disputes: dates, kind, who dealt with them",
        span="%(term)s after they were dealt with",
        basis="Articles 5(2) and 12 GDPR: to show that requests were answered in time",
        action="Deleted",
        term=months(24),
        most=36,
    ),
    Row(
        name="counts",
        what="Daily counts without personal data",
        span="Without end",
        basis="Not personal data",
        action="Added up by day",
    ),
    Row(
        name="logs",
        what="Logs of the service, which hold neither addresses nor IP addresses, and of the web server before it",
        span="At most %(term)s after each line",
        basis="Article 6(1)(f) GDPR: to run the service safely",
        action="Deleted by whoever runs the servers",
        term=days(14),
        most=14,
    ),
    Row(
        name="journal",
        what="Who has left, was erased or is not to be written to, as numbers and check values beside the backups",
        span="%(term)s after each act",
        basis="Articles 7(3), 17 and 32(1)(c) GDPR: so that a restored backup brings nobody back",
        action="Deleted",
        term=days(35),
        most=35,
    ),
    Row(
        name="backups",
        what="Backups of all this",
        span="At most %(term)s after they were made",
        basis="Article 32(1)(c) GDPR: to restore the service after a fault",
        action="Deleted by whoever runs the servers; what had been erased is erased again after a restore",
        term=days(35),
        most=35,
    ),
)
DEFAULTS = {row.name: row.term for row in ROWS if row.term}
GENERAL = rows_with_terms(ROWS)
BY_NEWSLETTER = rows_with_terms(row for row in ROWS if row.by_newsletter)
ENDED = "Ended, after a mark at half the time"
"""What becomes of an unused consent where the catalogue says `end_unused = true`."""
