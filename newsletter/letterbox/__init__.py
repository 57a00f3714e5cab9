"""How mail comes in: from a mail server by LMTP, or from a mailbox by IMAP."""

from newsletter.letterbox.imap import Collector, Trouble
from newsletter.letterbox.lmtp import serve

__all__ = ["Collector", "Trouble", "serve"]
