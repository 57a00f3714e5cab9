"""In whose name: the company that answers for it all, and whom it hands data to."""

from dataclasses import dataclass, field

from newsletter.catalog.texts import Texts


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Somebody who is handed personal data: who, what for, in which country (A1.14, A8.2).

    `transfer` says on what ground a country outside the EEA may be handed it (GDPR 13(1)(f)).
    """

    name: str
    tasks: Texts
    country: str
    transfer: Texts = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Controller:
    """The company that answers for it all. `authorities` says per language where to complain.

    `anchors_to` is who keeps the daily anchors as mail, if anybody does (PRODUCT 4.8).
    """

    name: str
    address: str
    email: str
    phone: str
    registration: str
    website: str
    data_protection: str
    authorities: Texts
    recipients: tuple[Recipient, ...]
    representation: str | None = None
    vat: str | None = None
    anchors_to: str | None = None

    @property
    def imprint(self) -> tuple[str, ...]:
        """The lines that stand under every letter and page (A3.7)."""
        last = (self.email, self.phone, self.registration, self.vat)
        return tuple(line for line in (self.name, self.address, self.representation, *last) if line)
