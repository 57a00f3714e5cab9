"""Who is not there: nobody ever was, whoever was erased, whose locked proof is kept (A7.6), or who has moved since."""

from collections.abc import Iterator
from datetime import datetime

from newsletter import addresses, clock, guard, privacy
from newsletter.db import reader
from newsletter.errors import ContactUnknown

ERASED = (
    "Whoever had this address was erased. {the} locked proof of the consent is kept, until {until:%Y-%m-%d}, to meet "
    "claims: `flask evidence locked`{hashes}."
)
MOVED = "whoever had it has another address now, which the proof names beside it: {address}, contact {contact}"


def unknown(address_key: str, otherwise: str) -> ContactUnknown:
    """The refusal that is true of this address."""
    hashes = "".join(f"; {each}" for each in by_hash(address_key))
    if until := locked_until(address_key):
        return ContactUnknown(ERASED.format(the="The" if hashes else "Only the", until=until, hashes=hashes))
    if moved := elsewhere(address_key):
        return ContactUnknown(f"Nobody has this address: {moved}{hashes}.")
    return ContactUnknown(f"Nobody has this address{hashes}." if hashes else otherwise)


def locked_until(address_key: str) -> datetime | None:
    """How long the proof is kept of who had this address and was erased."""
    with reader() as session:
        return max((proof.until for proof in privacy.locked_proofs(session, address_key)), default=None)


def elsewhere(address_key: str) -> str | None:
    """Where somebody is who had this address once: enough for staff to ask them whether that is theirs."""
    found = privacy.moved_from(address_key)
    if found is None:
        return None
    return MOVED.format(address=addresses.mask(found.subscriber.address), contact=found.id)


def by_hash(address_key: str) -> Iterator[str]:
    """What is noted of an address itself, whoever has it (A7.8)."""
    with reader() as session:
        never = guard.suppression_of(session, address_key, clock.now())
        lifted = guard.liftings(session, address_key)
    if never:
        yield f"a keyed hash says until {never.expires_at:%Y-%m-%d} that nothing may be sent there"
    if lifted:
        yield "a keyed hash says that it may be written to again"
