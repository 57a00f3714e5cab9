"""What stays although somebody was erased, or took back what they had asked for: said to staff, to be passed on."""

from collections.abc import Collection, Iterator

from newsletter import privacy
from newsletter.commands.unknown_address import by_hash, elsewhere, locked_until
from newsletter.privacy import Erased
from newsletter.signups import disputes


def after_erasure(done: Erased, address_key: str) -> str:
    """What is kept, why, until when, and where to complain of that (A7.6)."""
    held, complaint = of(address_key), f"Whoever it is about can go to court, or complain to {privacy.authority()}."
    if done.until is None:
        moved = elsewhere(address_key)
        if moved:
            return f"Erased what waited. Nobody has this address{held}; {moved}."
        if until := locked_until(address_key):
            held = f" any more; its locked proof is kept until {until:%Y-%m-%d} to meet claims{held}"
            return f"Erased what waited. Nobody has this address{held}. {complaint}"
        kept = f"{held}. {complaint}" if held else ", so nothing is kept."
        return f"Erased. Nobody had confirmed this address{kept}"
    return (
        f"Erased, contacts: {len(done.contact_ids)}. The proof of the consent is locked, and kept until "
        f"{done.until:%Y-%m-%d} to meet claims (Article 17(3)(e) GDPR){held or '; nothing else is'}. {complaint}"
    )


def after_dropping(dropped: int, address_key: str, newsletters: Collection[str]) -> str:
    """Signups that nobody had confirmed were let go of: those for these newsletters, or all."""
    mine = (hold for hold in disputes.holds_of(address_key) if hold.newsletter in newsletters or not newsletters)
    deleted = dropped - len({hold.signup_id for hold in mine})
    whose = f"for {', '.join(newsletters)}" if newsletters else "for this address"
    return f"Nobody had confirmed what waited {whose}. Signups that waited, deleted: {deleted}{of(address_key)}."


def of(address_key: str) -> str:
    """The end of a sentence; empty where nothing stays."""
    return "".join(f"; {each}" for each in (*by_dispute(address_key), *by_hash(address_key)))


def by_dispute(address_key: str) -> Iterator[str]:
    """A4.7."""
    if last := max((hold.last_day for hold in disputes.holds_of(address_key)), default=None):
        yield f"a sign-up is held as evidence until {last}: `flask signups list`"
