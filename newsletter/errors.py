"""Refusals: what the service declines to do. A class's docstring is its message; HTTP is learnt at the rim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.config import Limit


class NewsletterError(Exception):
    """The request was refused."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class NewsletterUnknown(NewsletterError):
    """There is no newsletter of that name."""


class NewsletterClosed(NewsletterError):
    """This newsletter takes no new sign-ups."""


class ContactUnknown(NewsletterError):
    """There is no contact with that id."""


class SubscriptionOver(NewsletterError):
    """This subscription is over. It does not change any more."""


class SignupUnknown(NewsletterError):
    """No sign-up of this address is waiting."""


class RequestUnknown(NewsletterError):
    """There is no open request with that number."""


class ExtensionTooLong(NewsletterError):
    """A request can be extended by two months at most."""


class ExtensionTooLate(NewsletterError):
    """A request can be extended only when the person was told why within its first month."""


class AddressTaken(NewsletterError):
    """This address has or had a subscription of its own, so nothing was changed. Leave the old one and sign up anew."""


class LinkDead(NewsletterError):
    """This link is no longer valid."""


class CodeWrong(NewsletterError):
    """This code is not valid. Check it, or use the link in the e-mail."""


class NonceStale(NewsletterError):
    """The page was open for too long. Please press the button again."""


class FieldsInvalid(NewsletterError):
    """Some of what was entered cannot be used."""

    def __init__(self, errors: Mapping[str, Sequence[str]], entered: Mapping[str, object] | None = None) -> None:
        """`entered` is what came, where whoever asked for it did not get it."""
        super().__init__()
        self.entered = entered or {}
        self.errors = {field: list(sentences) for field, sentences in errors.items()}


class AddressInvalid(NewsletterError):
    """This is not an e-mail address that mail can be sent to."""


class WordingRetired(NewsletterError):
    """The form shows a consent text that is no longer current."""

    def __init__(self, current: Mapping[str, str]) -> None:
        super().__init__()
        self.current = dict(current)


class OriginForeign(NewsletterError):
    """This site may not post to this newsletter."""


class LimitReached(NewsletterError):
    """Too many requests. Please try again later."""

    def __init__(self, retry_after: int, bounds: Mapping[str, tuple[Limit, int]]) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.bounds = dict(bounds)


class BodyMalformed(NewsletterError):
    """The request's body could not be read."""


class BodyTooLarge(NewsletterError):
    """The request's body is too large."""


class IdempotencyKeyInvalid(NewsletterError):
    """The Idempotency-Key must be one string in quotes, of 1 to 255 characters."""


class IdempotencyKeyReused(NewsletterError):
    """This Idempotency-Key came with another post before."""


class MediaTypeUnsupported(NewsletterError):
    """Send a form or JSON."""


class KeyMissing(NewsletterError):
    """A valid API key is required."""


class KeyUnknown(NewsletterError):
    """There is no API key with that id."""


class ScopeMissing(NewsletterError):
    """The API key does not allow this."""

    def __init__(self, scope: str = "") -> None:
        super().__init__()
        self.scope = scope  # none is named where the key has it, and does not reach that newsletter or person


class CursorInvalid(NewsletterError):
    """The cursor is not one of this feed's."""


class TargetForbidden(NewsletterError):
    """Pushes may not go to this address."""


class WebhookUnknown(NewsletterError):
    """There is no webhook with that id."""


class DeliveryUnknown(NewsletterError):
    """There is no delivery with that id."""


class CatalogMissing(NewsletterError):
    """No catalogue has been applied yet."""


@dataclass(frozen=True, order=True)
class Mistake:
    """What is wrong with a catalogue, and on which line."""

    line: int
    sentence: str


class CatalogInvalid(NewsletterError):
    """The catalogue has mistakes."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__()
        self.mistakes = list(mistakes)


class CatalogRefused(NewsletterError):
    """The catalogue leaves out what people have subscribed to."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__()
        self.sentences = list(sentences)


class ConnectorsInvalid(NewsletterError):
    """The file of connectors has mistakes."""


class ConnectorUnknown(NewsletterError):
    """There is no connector of that name."""


class ConnectorServed(NewsletterError):
    """A worker still serves this connector: take it out of the file, and restart the workers first."""


class ConnectorListless(NewsletterError):
    """This connector drops files: compare one with `flask feed reconcile --file`."""


class DatabaseDown(NewsletterError):
    """The service cannot reach its database right now. Nothing was stored; please try again."""


class DatabaseRestored(NewsletterError):
    """The database was restored from a backup and does not know yet who has left since. Please try again later."""


class JournalUnfit(NewsletterError):
    """The journal cannot be used."""


class ConflictLasting(NewsletterError):
    """Somebody else keeps changing the same person. Please try again."""
