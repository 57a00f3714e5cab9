"""Forgetting what has passed its term: hashes that limits and suppressions are known by, journals, stray letters."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import delete

from newsletter import access, changes, clock, counts, selfservice, signups
from newsletter.changes import MATCH_KEPT
from newsletter.db import transaction
from newsletter.guard import LetterHit, PostHit, Suppression
from newsletter.subscriptions import forget_soft_bounces

LETTER_HITS_KEPT = timedelta(days=30)
"""As long as the longest window of the address's limit by default, and as A4.4 allows at most."""


def forget_hits() -> int:
    """Rows that no limit looks at any more; how many."""
    with transaction() as session:
        at = clock.now()
        posts = session.execute(delete(PostHit).where(PostHit.expires_at <= at).returning(PostHit.slot)).all()
        old = LetterHit.at <= at - LETTER_HITS_KEPT
        letters = session.execute(delete(LetterHit).where(old).returning(LetterHit.id)).all()
        return len(posts) + len(letters)


def forget_suppressions() -> int:
    with transaction() as session:
        over = Suppression.expires_at <= clock.now()
        return len(session.execute(delete(Suppression).where(over).returning(Suppression.hash)).all())


def forget_matches() -> int:
    with transaction() as session:
        return changes.forget_matches(session, clock.now() - MATCH_KEPT)


def fold_counts() -> int:
    with transaction() as session:
        counts.fold(session, clock.now().date())
        return 0


RULES: Mapping[str, Callable[[], int]] = {
    "limits": forget_hits,
    "letters": signups.forget_stray_letters,
    "suppressions": forget_suppressions,
    "matches": forget_matches,
    "soft bounces": forget_soft_bounces,
    "reads": access.forget_reads,
    "fresh_links": selfservice.forget_expired,
    "counts": fold_counts,
}
"""Everything that is forgotten by its age alone, by name."""
