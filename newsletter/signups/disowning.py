"""A signup that nobody will confirm: its letter cannot arrive, or was called spam. It goes at once (B4.2, A4.6).

One that is held in a dispute stays, and its link is dead (A4.7).
"""

from newsletter import clock, counts
from newsletter.counts import Event
from newsletter.db import reader, transaction
from newsletter.signups.disputes import let_go
from newsletter.signups.resolution import subscription_of
from newsletter.signups.signup import Signup


def disown(signup_id: str, event: Event) -> bool:
    """Delete a waiting signup with its letters, counted as this event. False when it waits no more."""
    with transaction() as session:
        signup = Signup.locked(session, signup_id)
        if signup is None or signup.deadline <= clock.now():
            return False
        counts.add(session, [counts.row(event, signup, clock.now())])
        let_go(session, [signup])
        return True


def contacts_of(signup_id: str) -> list[str]:
    """The contact that a signup has become, if it has."""
    with reader() as session:
        subscription = subscription_of(session, signup_id)
        return [subscription.id] if subscription else []
