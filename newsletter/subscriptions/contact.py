"""A contact: one subscription as the marketing tool sees it.

The document is written once, when the subscription changes, and read as it stands: a million of them are handed
out without building, signing or joining anything. Only the service's own address is left open in it.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import orjson

from newsletter import catalog, clock, links, mailboxes
from newsletter.catalog import Unasked
from newsletter.subscriptions import sheet
from newsletter.subscriptions.states import TRACKING, UNKNOWN, Status

if TYPE_CHECKING:
    from newsletter.subscriptions.subscription import Subscription

BASE = "\x7f"
"""Stands for the public URL in a stored document. Control characters never come in, so it cannot occur otherwise."""
LEAVING = re.compile(rb'("List-Unsubscribe":"<\x7f/unsubscribe/([^>"]+)>)')
"""The header as a document holds it, and the token in it, which is what a mail's subject needs too (RFC 6068)."""
CONSENTS = re.compile(rb'"newsletter":"([^"]+)"(,"status":.*?"consents":)(\{.*?\})(?=,"tracking_allowed":[tf])')
"""A document's newsletter, and its consents up to `tracking_allowed`: no purpose's own value is true or false."""
CHANNEL = "email"
"""The only channel that these consents are for (A1.9)."""
Stored = tuple[str, str | None, str]
"""A contact as JSON text; as a row of a sheet; that row's key."""


def written(subscription: "Subscription") -> Stored:
    """The contact (PRODUCT 5.2), with `BASE` for the public URL."""
    fields = [field.name for field in catalog.current().newsletter(subscription.newsletter).fields]
    contact = told(subscription)
    return orjson.dumps(contact).decode(), sheet.row(contact, fields), sheet.key(subscription.version, fields)


def known_address(subscription: "Subscription") -> str:
    """The address that a tool has of this contact: who was left is not told where its person has moved to (A7.5)."""
    return str(orjson.loads(subscription.contact)["email"])


def told(subscription: "Subscription") -> dict[str, Any]:
    unsubscribe = f"{BASE}/{links.Purpose.UNSUBSCRIBE}/{subscription.unsubscribe_token}"
    return {
        "id": subscription.id,
        "newsletter": subscription.newsletter,
        "status": subscription.status,
        "email": known_address(subscription) if subscription.is_over else subscription.subscriber.address,
        "language": subscription.language,
        "fields": subscription.fields,
        "topics": subscription.topics,
        "consents": subscription.consents,
        "tracking_allowed": subscription.status == Status.SUBSCRIBED and TRACKING in subscription.granted,
        "signed_up_at": clock.iso(subscription.signed_up_at),
        "confirmed_at": clock.iso(subscription.confirmed_at),
        "changed_at": clock.iso(subscription.changed_at),
        "version": subscription.version,
        "source": subscription.source,
        "channel": CHANNEL,
        "links": {"unsubscribe": unsubscribe, "manage": f"{BASE}/{links.Purpose.MANAGE}/{subscription.manage_token}"},
        "headers": {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }


@dataclass(frozen=True, kw_only=True)
class Completion:
    """Completes stored documents on their way out: with the public URL, with leaving by mail while mail is known to
    arrive, and with an unknown consent for each purpose that the person was never asked about.

    None of it is stored, so no document has to be written anew when mail begins or ceases to arrive (B2.1), or when the
    catalogue gains a purpose (PRODUCT 4.7).
    """

    base: str
    mailbox: str | None
    unasked: Unasked

    @classmethod
    def now(cls) -> Self:
        return cls(base=links.base_url(), mailbox=mailboxes.offered(), unasked=catalog.never_asked())

    def text(self, stored: str) -> str:
        return self.block(stored.encode()).decode()

    def block(self, stored: bytes) -> bytes:
        """Any number of documents at once."""
        if self.mailbox:
            stored = LEAVING.sub(rb"\1, <mailto:%b?subject=\2>" % quote(self.mailbox, "@").encode(), stored)
        if self.unasked:
            stored = CONSENTS.sub(self.with_unknown, stored)
        return stored.replace(BASE.encode(), self.base.encode())

    def with_unknown(self, found: re.Match[bytes]) -> bytes:
        """Of most people all is known, and their document stays as it is."""
        slug, between, consents = found.groups()
        missing = [each for each in self.unasked.get(slug.decode(), ()) if b'"%b":{' % each.encode() not in consents]
        if not missing:
            return found[0]
        told = {**orjson.loads(consents), **dict.fromkeys(missing, UNKNOWN)}
        return b'"newsletter":"%b"%b%b' % (slug, between, orjson.dumps(told))
