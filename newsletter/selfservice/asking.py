"""Asking for a fresh link: whoever the address belongs to, one waiting letter in one statement.

Known and unknown addresses take the same way here, so that neither the answer nor its time tells them apart; the
worker decides whether a letter leaves (C5, A8.1).
"""

from newsletter import addresses, clock, config, guard, outbox
from newsletter.addresses import EmailAddress
from newsletter.consent import Visit
from newsletter.errors import AddressInvalid, FieldsInvalid
from newsletter.guard import Counted
from newsletter.outbox import Letter
from newsletter.selfservice.letter_kinds import LetterKind
from newsletter.signups import ADDRESS_SENTENCE


def address_of(typed: object) -> EmailAddress:
    """The address that somebody typed. Raises FieldsInvalid."""
    try:
        return addresses.parse(typed if isinstance(typed, str) else "")
    except AddressInvalid as error:
        raise FieldsInvalid({"email": [ADDRESS_SENTENCE]}) from error


def ask(address: EmailAddress, *, language: str, visit: Visit) -> None:
    """Store the wish for a fresh link. Raises LimitReached; then nothing is stored."""
    at = clock.now()
    counted = counted_by(address, visit)
    draft = outbox.Draft(
        kind=LetterKind.FRESH_LINK,
        newsletter=outbox.NO_NEWSLETTER,
        language=language,
        source=None,
        address=address.mailed,
        at=at,
    )
    if not guard.write_within(guard.buckets(counted, at), {Letter: [draft.row()]}):
        guard.refuse(counted, at)


def counted_by(address: EmailAddress, visit: Visit) -> list[Counted]:
    """What a post counts against whatever it asks for: its source, the address's domain, and all (C2)."""
    settings = config.current()
    domain = Counted(kind="domain", value=address.domain, limits=settings.limit_domain)
    everybody = Counted(kind="global", value="", limits=settings.limit_global)
    return [*guard.by_source(visit.ip, settings.limit_source), domain, everybody]
