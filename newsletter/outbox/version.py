"""Letter versions: a letter's complete MIME text with holes, stored once by its content.

What is the same in every letter of one version is rendered and encoded once; a letter is the version with its
holes filled, which is also how it is shown again years later (A2.4, A2.9, A2.11). A hole is written `@{name}` and
always stands where an encoded line may be broken, so that filling it needs no encoder.
"""

import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.utils import formataddr

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.as_it_stands import as_it_stands
from newsletter.columns import Instant
from newsletter.db import Base, insert_once

HOLE = re.compile(r"@\{([a-z_]+)\}")
SOFT_BREAK = "=\r\n"
WORDS = 76  # characters of a header's line that has encoded words (RFC 2047 2)
LINE = 75  # characters of a quoted-printable line, its soft break not counted (RFC 2045 6.7)


class LetterVersion(Base):
    """How one kind of letter reads in one language: its MIME text, all ASCII, identified by SHA-256."""

    __tablename__ = "letter_versions"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    newsletter: Mapped[str]
    language: Mapped[str]
    mime: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)


def mime(
    *, subject: str, sender: tuple[str, str], reply_to: str, text: str, html: str, headers: Sequence[str] = ()
) -> str:
    """The complete message with its holes, as RFC 5322 and RFC 2045 want it: CRLF, ASCII, short lines (B1.1, B1.3)."""
    boundary = hashlib.sha256(f"{subject}{text}{html}".encode()).hexdigest()[:24]
    own = [
        f"From: {mailbox(*sender)}",
        "To: @{recipient}",
        f"Subject: {encoded(subject, len('Subject: '))}",
        "Date: @{date}",
        "Message-ID: <@{message_id}>",
        f"Reply-To: {reply_to}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    parts = [part("plain", text, boundary), part("html", html, boundary), f"--{boundary}--\r\n"]
    return "\r\n".join([*own, *headers, "", ""]) + "".join(parts)


def mailbox(name: str, address: str) -> str:
    """A sender; no line with encoded words is longer than 76 characters (RFC 2047 2)."""
    if name.isascii():
        return formataddr((name, address))
    words = encoded(name, len("From: "))
    last = f"From: {words}".rpartition("\r\n")[2]
    fold = "" if len(f"{last} <{address}>") <= WORDS else "\r\n"
    return f"{words}{fold} <{address}>"


def encoded(value: str, used: int) -> str:
    """A header's value, as encoded words where it is not ASCII (RFC 2047)."""
    return Header(value, None if value.isascii() else "utf-8", maxlinelen=WORDS - used).encode(linesep="\r\n")


def part(subtype: str, body: str, boundary: str) -> str:
    head = [
        f"--{boundary}",
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
    ]
    return "\r\n".join([*head, "", quoted_printable(body), ""])


def quoted_printable(body: str) -> str:
    """The body encoded piece by piece, each hole between soft line breaks unless it stands alone on its line."""
    pieces = HOLE.split(body)
    lines = [quoted(pieces[0])]
    for name, rest in zip(pieces[1::2], pieces[2::2], strict=True):
        before = "" if not lines[-1] or lines[-1].endswith("\r\n") else SOFT_BREAK
        behind = "" if not rest or rest.startswith("\n") else SOFT_BREAK
        lines.append(f"{before}@{{{name}}}{behind}{quoted(rest)}")
    return "".join(lines)


def quoted(piece: str) -> str:
    return binascii.b2a_qp(piece.replace("\n", "\r\n").encode(), istext=True).decode().replace("=\n", SOFT_BREAK)


def fill(mime_text: str, holes: Mapping[str, str]) -> bytes:
    """The letter itself. In the headers a value stands as it is; in the bodies it is encoded and folded."""
    head, blank, body = mime_text.partition("\r\n\r\n")
    filled_head = HOLE.sub(lambda hole: holes[hole[1]], head)
    filled_body = HOLE.sub(lambda hole: folded(holes[hole[1]]), body)
    return f"{filled_head}{blank}{filled_body}".encode("ascii")


def holes_of(mime_text: str) -> set[str]:
    return set(HOLE.findall(mime_text))


def folded(value: str) -> str:
    """A value within a quoted-printable body; no line of it is longer than the standard allows."""
    if len(value) <= LINE and value.isascii() and "=" not in value:
        return value
    return quoted(value).removesuffix("\r\n")


def version_id(mime_text: str) -> str:
    return hashlib.sha256(mime_text.encode()).hexdigest()


def versions(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The MIME texts of those of these versions that there are, by id."""
    columns = LetterVersion.id, as_it_stands(LetterVersion.mime)
    found = session.execute(select(*columns).where(LetterVersion.id.in_(list(ids))))
    return {row.id: row.mime for row in found}


def store(session: Session, *, kind: str, newsletter: str, language: str, mime_text: str, at: datetime) -> str:
    """Keep this version for ever, whatever templates say later; its id. Storing it again changes nothing."""
    known = version_id(mime_text)
    if session.scalar(select(LetterVersion.id).where(LetterVersion.id == known)) is None:
        values = {"id": known, "kind": kind, "newsletter": newsletter, "language": language}
        insert_once(session, LetterVersion, {**values, "mime": mime_text, "created_at": at})
    return known
