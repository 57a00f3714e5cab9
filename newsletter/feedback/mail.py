"""What a mail that came back says: read by its structure, never by its words (B4.1), and trusted with nothing.

Whoever wrote it may have wanted to break its reader. So only its beginning is read, only so many parts of it, and
headers are taken as they stand: the standard library's clever ones fail on what strangers write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Policy, compat32
from email.utils import parsedate_to_datetime
from functools import cached_property
from itertools import count
from typing import Self

from newsletter import clock

READ = 512 * 1024  # bytes; a report stands at the beginning, what it reports behind
MOST_PARTS = 100
MOST_BOUNDARIES = 20
"""Each line is compared with the boundary of each part that it stands in."""
LONGEST_HEADER = 8192  # bytes, with its folds
BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
TAKEN_APART = re.compile(rb"(?:content-type|subject):[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE)
"""Headers over whose parts the standard library takes a time that grows with the square of their length."""
DELIVERY_STATUS = "message/delivery-status"
FEEDBACK_REPORT = "message/feedback-report"
ORIGINALS = ("message/rfc822", "text/rfc822-headers")
COMPLAINING = {"abuse", "fraud", "opt-out", "other"}
"""Feedback types that say "not that" (RFC 5965 7.3). The rest is about servers, or takes a complaint back."""
AUTOMATIC = {"bulk", "junk", "list", "auto_reply"}
LATE = timedelta(days=5)
"""So long a relay may try before it gives up, and so old a mail's own date may be."""

Part = Message


class MailUnreadable(ValueError):
    """Nobody writes such a mail who wants it to be read."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail, taken apart."""

    message: Part
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Raises MailUnreadable, or whatever the parser of the standard library meets with."""
        message = read(raw[:READ])
        return cls(message=message, parts=tuple(message.walk()))

    def of_type(self, *types: str) -> Iterator[Part]:
        return (part for part in self.parts if part.get_content_type() in types)

    @cached_property
    def statuses(self) -> list[str]:
        """The status of each recipient whom a server gave up on (RFC 3464), like `5.1.1`."""
        blocks = [block for part in self.of_type(DELIVERY_STATUS) for block in nested(part)]
        return [word(block, "Status") for block in blocks if word(block, "Action") == "failed"]

    @property
    def is_delivery_report(self) -> bool:
        return any(self.of_type(DELIVERY_STATUS))

    @property
    def is_hard(self) -> bool:
        """Given up for good, by a server that says so in numbers (B4.1)."""
        return any(status.startswith("5.") for status in self.statuses)

    @property
    def is_soft(self) -> bool:
        return not self.is_hard and any(status.startswith("4.") for status in self.statuses)

    @cached_property
    def feedback(self) -> Part | None:
        """What a feedback loop says (RFC 5965)."""
        return next((block for part in self.of_type(FEEDBACK_REPORT) for block in nested(part)), None)

    @property
    def is_complaint(self) -> bool:
        return self.feedback is not None and word(self.feedback, "Feedback-Type") in COMPLAINING

    @property
    def originals(self) -> list[Part]:
        """The headers of what is complained about."""
        return [original for part in self.of_type(*ORIGINALS) for original in nested(part)]

    @property
    def is_answer(self) -> bool:
        """A program's answer to a mail."""
        return word(self.message, "Auto-Submitted") == "auto-replied" or "X-Autoreply" in self.message

    @property
    def is_automatic(self) -> bool:
        """Nobody sat there and wrote it: a note of absence, say (RFC 3834)."""
        submitted = word(self.message, "Auto-Submitted") or "no"
        return submitted != "no" or word(self.message, "Precedence") in AUTOMATIC

    @property
    def subject(self) -> str:
        raw = str(self.message.get("Subject", ""))
        try:
            return str(make_header(decode_header(raw)))
        except (HeaderParseError, ValueError, LookupError):  # no base64, no known charset, or bytes that are none of it
            return raw

    @property
    def at(self) -> datetime:
        """When it was written, as it says itself, so that reading it again tomorrow counts for the same day."""
        now = clock.now()
        try:
            said = parsedate_to_datetime(str(self.message.get("Date")))
            said = said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)  # -0000 (RFC 5322 3.3)
        except (TypeError, ValueError, OverflowError):
            return now
        return said if now - LATE <= said <= now else now


def read(raw: bytes) -> Part:
    """Raises MailUnreadable for what would keep its reader busy for long, or fill its memory."""
    if len(BOUNDARY.findall(raw)) > MOST_BOUNDARIES:
        raise MailUnreadable("too many parts within parts")
    if any(found.end() - found.start() > LONGEST_HEADER for found in TAKEN_APART.finditer(raw)):
        raise MailUnreadable("a header too long")
    made = count()

    def made_part(policy: Policy = compat32) -> Part:
        """The parser makes one more, to try how that is done."""
        if next(made) > MOST_PARTS:
            raise MailUnreadable("too many parts")
        return Part(policy)

    return message_from_bytes(raw, made_part)


def nested(part: Part) -> list[Part]:
    """What a part holds: the blocks of a report, the message in a message; headers alone are read as one."""
    content = part.get_payload()
    if isinstance(content, list):
        return [inner for inner in content if isinstance(inner, Message)]
    decoded = part.get_payload(decode=True)
    return [read(decoded)] if isinstance(decoded, bytes) else []


def word(part: Part, name: str) -> str:
    """The first word of a header, in small letters: what stands behind it is a remark."""
    return (re.split(r"[\s;(]", str(part.get(name, "")).strip().lower(), maxsplit=1) or [""])[0]
