"""Asking: whatever is known of the address, one signup and one waiting letter, in one statement.

New, pending, confirmed, suppressed and capped addresses take the same way here, so that neither the answer nor
its time tells them apart; the worker decides what letter leaves (C5).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from newsletter import catalog, clock, config, guard, ids, links, outbox
from newsletter.addresses import EmailAddress
from newsletter.catalog import Newsletter
from newsletter.consent import Visit
from newsletter.guard import Counted, Once
from newsletter.one_statement import Rows
from newsletter.outbox import Letter
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.signup import Signup, fingerprint
from newsletter.signups.submission import Submission

RENDERED = "rendered"
"""Carries the signed time at which a form was rendered, on forms that have one."""
FASTEST, SLOWEST = 2, 24 * 3600
"""Seconds that people take over a form; earlier and later posts count double against their source (C10)."""


def ask(
    submission: Submission, *, cost: int = 1, also_counted: Iterable[Counted] = (), once: Once | None = None
) -> str:
    """Store the signup and its letter; the signup's id. Once this returns, no crash loses them.

    Raises LimitReached; then nothing is stored.

    `cost` is what the post counts against its source; `also_counted` are bounds of the caller's own, like a key's. Of
    posts with the same `once` one is stored, and all are answered as if they were.
    """
    at = clock.now()
    counted = [*counted_by(submission, cost), *also_counted]
    buckets = [*guard.buckets(counted, at), *(once.buckets(at) if once else [])]
    wanted = rows(submission, at)
    if not guard.write_within(buckets, wanted) and not (once and once.was_done(at)):
        guard.refuse(counted, at)
    return str(wanted[Signup][0]["id"])


def cost_of(rendered: object, address: EmailAddress) -> int:
    """What a post counts against whoever is its source: double for a suspected address, and for a form in haste.

    A form without a render time is nobody's fault; one filled in faster than a person can is suspicious.
    """
    if guard.is_suspect(address):
        return 2
    if not rendered:
        return 1
    age = links.stamp_age(str(rendered))
    return 1 if age is not None and FASTEST <= age <= SLOWEST else 2


def counted_by(submission: Submission, cost: int) -> list[Counted]:
    """What this post counts against, each by itself (C2)."""
    settings = config.current()
    source = counted_source(submission.newsletter, submission.source, submission.visit, cost)
    also = (
        ("domain", submission.address.domain, settings.limit_domain),
        ("newsletter", submission.newsletter.slug, settings.limit_newsletter),
        ("global", "", settings.limit_global),
    )
    bounded = [Counted(kind=kind, value=value, limits=limits) for kind, value, limits in also if limits]
    return [*source, *bounded]


def counted_source(newsletter: Newsletter, source: str | None, visit: Visit, cost: int = 1) -> list[Counted]:
    """Where a post comes from, if that is known; an origin of the catalogue may have bounds of its own."""
    limits = newsletter.limits.get(catalog.origin_of(source or "") or "", config.current().limit_source)
    return guard.by_source(visit.ip, limits, cost)


def rows(submission: Submission, at: datetime) -> Rows:
    """The letter has its signup's id, and keeps it when the worker makes it one more letter of an earlier signup."""
    signup = signup_row(submission, at)
    draft = outbox.Draft(
        kind=LetterKind.CONFIRMATION,
        signup_id=signup["id"],
        newsletter=signup["newsletter"],
        language=signup["language"],
        source=signup["source"],
        address=signup["address"],
        at=at,
    )
    return {Signup: [signup], Letter: [{**draft.row(), "id": signup["id"]}]}


def signup_row(submission: Submission, at: datetime) -> dict[str, Any]:
    newsletter, address = submission.newsletter, submission.address
    wordings = {purpose: wording.id for purpose, wording in submission.wordings.items()}
    asked = (newsletter.slug, address.key, submission.language, submission.topics, wordings, submission.fields)
    return {
        "id": ids.new(),
        "newsletter": newsletter.slug,
        "typed": address.typed,
        "address": address.mailed,
        "address_key": address.key,
        "language": submission.language,
        "fields": submission.fields,
        "topics": submission.topics,
        "wordings": wordings,
        "offered": [purpose.id for purpose in newsletter.living_purposes],
        "privacy_version": newsletter.privacy.version,
        "source": submission.source,
        "ip": submission.visit.ip,
        "told_by": submission.visit.told_by,
        "fingerprint": fingerprint(*asked),
        "catalog": catalog.version(),
        "signed_up_at": at,
        "deadline": at + newsletter.link_validity,
    }
