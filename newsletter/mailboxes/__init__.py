"""Where mail comes back to us: signed addresses, proof that the way is open, and mails that nobody could read."""

from newsletter.mailboxes.address import UNSUBSCRIBE, AddressKind, Named, is_configured, read, sender
from newsletter.mailboxes.aside import MailAside, aside_naming, count_aside, forget_aside, set_aside
from newsletter.mailboxes.naming import addresses_in
from newsletter.mailboxes.way import MailWay, fresh_probe, is_open, note_proof, offered, probe_due

__all__ = [
    "UNSUBSCRIBE",
    "AddressKind",
    "MailAside",
    "MailWay",
    "Named",
    "addresses_in",
    "aside_naming",
    "count_aside",
    "forget_aside",
    "fresh_probe",
    "is_configured",
    "is_open",
    "note_proof",
    "offered",
    "probe_due",
    "read",
    "sender",
    "set_aside",
]
