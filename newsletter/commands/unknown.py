"""Who is not there: nobody ever was, or whoever was erased, whose locked proof is still kept (A7.6)."""

from newsletter import privacy
from newsletter.db import reader
from newsletter.errors import ContactUnknown

ERASED = (
    "Whoever had this address was erased. Only the locked proof of the consent is kept, until {until:%Y-%m-%d}, to "
    "meet claims: `flask evidence locked`."
)


def unknown(address_key: str, otherwise: str) -> ContactUnknown:
    """The refusal that is true of this address."""
    with reader() as session:
        kept = privacy.locked_proofs(session, address_key)
    return ContactUnknown(ERASED.format(until=max(proof.until for proof in kept)) if kept else otherwise)
