"""Forgetting what has passed its term: one step for each row of the retention table that this service deletes."""

from collections.abc import Callable, Mapping

from sqlalchemy import delete, select

from newsletter import access, catalog, changes, clock, counts, journal, mailboxes, selfservice, signups
from newsletter.db import reader, transaction
from newsletter.guard import LetterHit, Lifting, PostHit, Suppression
from newsletter.outbox import Push
from newsletter.privacy.batches import BATCH, delete_batch
from newsletter.privacy.disuse import end_unused
from newsletter.privacy.ip_addresses import shorten_ips
from newsletter.privacy.leavers import empty_subscriptions, remove_proofs
from newsletter.privacy.locked_proof import destroy_locked, forget_mails_of_the_erased
from newsletter.privacy.requests import Request
from newsletter.privacy.restriction import IS_FREE, locked_free
from newsletter.signups import Hold
from newsletter.subscriptions import SoftBounce, Subscriber, Subscription


def forget_hits() -> int:
    """Rows that no limit looks at any more; how many."""
    at = clock.now()
    posts = delete_batch(PostHit, PostHit.expires_at <= at)
    return posts + delete_batch(LetterHit, LetterHit.at <= catalog.term("limits").before(at))


def forget_proofs() -> int:
    """Of those who left and of those who were erased."""
    return remove_proofs() + destroy_locked()


def expire() -> int:
    """Whatever nobody confirmed by its deadline: signups, and wishes for another address."""
    return signups.expire(BATCH) + selfservice.expire_changes(BATCH)


def forget_letters() -> int:
    """Those about signups, and those about people."""
    return signups.forget_stray_letters() + selfservice.forget_letters()


def forget_suppressions() -> int:
    at = clock.now()
    bound = catalog.term("suppressions").before(at)
    lifted = delete_batch(Lifting, Lifting.at <= bound)
    return lifted + delete_batch(Suppression, (Suppression.expires_at <= at) | (Suppression.at <= bound))


def forget_matches() -> int:
    with transaction() as session:
        return changes.forget_matches(session, catalog.term("matches").before(clock.now()), BATCH)


def forget_bounces() -> int:
    """Whoever is restricted keeps these as well (A8.5)."""
    past = SoftBounce.day < catalog.term("bounces").before(clock.now()).date()
    bounced = select(Subscriber.address_key).join(Subscription, Subscription.subscriber_id == Subscriber.id)
    due = bounced.join(SoftBounce, SoftBounce.contact_id == Subscription.id).where(past, IS_FREE).limit(BATCH)
    with transaction() as session:
        free = locked_free(session, set(session.scalars(due)))
        theirs = select(Subscription.id).join(Subscriber).where(Subscriber.address_key.in_(free))
        gone = delete(SoftBounce).where(past, SoftBounce.contact_id.in_(theirs)).returning(SoftBounce.day)
        return len(session.execute(gone).all())


def forget_mails() -> int:
    """Past their term, or naming somebody who was erased since they came."""
    over = delete_batch(mailboxes.MailAside, mailboxes.MailAside.at <= catalog.term("mails").before(clock.now()))
    return over + forget_mails_of_the_erased()


def forget_reads() -> int:
    return delete_batch(access.Read, access.Read.at <= catalog.term("reads").before(clock.now()))


def forget_pushes() -> int:
    return delete_batch(Push, Push.finished_at <= catalog.term("pushes").before(clock.now()))


def forget_requests() -> int:
    """Requests that were answered, and holds that are over, since that long."""
    bound = catalog.term("requests").before(clock.now())
    requests = delete_batch(Request, Request.done_at <= bound)
    return requests + delete_batch(Hold, Hold.until <= bound)


def fold_counts() -> int:
    with reader() as session:
        days = counts.crowded(session, clock.now().date())
    if not days:
        return 0
    with transaction() as session:
        return counts.fold(session, days)


def forget_journal() -> int:
    """Acts that no backup needs any more, in the journal's files or still on their way there."""
    return journal.forget(catalog.term("journal").before(clock.now()), BATCH)


RULES: Mapping[str, Callable[[], int]] = {
    "signups": expire,
    "letters": forget_letters,
    "subscriptions": empty_subscriptions,
    "ip": shorten_ips,
    "proof": forget_proofs,
    "unused": end_unused,
    "limits": forget_hits,
    "suppressions": forget_suppressions,
    "matches": forget_matches,
    "bounces": forget_bounces,
    "mails": forget_mails,
    "reads": forget_reads,
    "fresh_links": selfservice.forget_expired,
    "pushes": forget_pushes,
    "requests": forget_requests,
    "counts": fold_counts,
    "journal": forget_journal,
}
"""By the name of their row. Each does one batch and says how much that was; less than BATCH is all there was."""
