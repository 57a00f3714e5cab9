"""Who is not there: nobody ever was, whoever was erased, whose locked proof is kept (A7.6), or who has moved since."""

from newsletter import addresses, privacy
from newsletter.db import reader
from newsletter.errors import ContactUnknown

ERASED = (
    "Whoever had this address was erased. Only the locked proof of the consent is kept, until {until:%Y-%m-%d}, to "
    "meet claims: `flask evidence locked`."
)
MOVED = "whoever had it has another address now, which the proof names beside it: {address}, contact {contact}"


def unknown(address_key: str, otherwise: str) -> ContactUnknown:
    """The refusal that is true of this address."""
    with reader() as session:
        kept = privacy.locked_proofs(session, address_key)
    if kept:
        return ContactUnknown(ERASED.format(until=max(proof.until for proof in kept)))
    moved = elsewhere(address_key)
    return ContactUnknown(f"Nobody has this address: {moved}." if moved else otherwise)


def elsewhere(address_key: str) -> str | None:
    """Where somebody is who had this address once: enough for staff to ask them whether that is theirs."""
    found = privacy.moved_from(address_key)
    if found is None:
        return None
    return MOVED.format(address=addresses.mask(found.subscriber.address), contact=found.id)
