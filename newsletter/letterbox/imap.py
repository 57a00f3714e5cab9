"""Mail that comes back, fetched from a mailbox by IMAP, where no mail server can be told to hand it over.

What is dealt with is moved to another folder, after its effect is in the database. A death in between lets the same
mail come again, which changes nothing.
"""

import base64
import imaplib
import re
import ssl
from email.parser import BytesHeaderParser
from itertools import islice
from typing import Any

from newsletter import feedback, logs, mailboxes
from newsletter.config import Imap

TIMEOUT = 30.0  # seconds
BATCH = 100  # mails dealt with in one round
READ = 512 * 1024  # bytes of each
RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
"""Where mailboxes tell whom a mail was for. Addresses are signed, so it does not matter who wrote them there."""
BETWEEN = re.compile(r"""[\s<>(),:;"]+""")
"""What stands around addresses, and in none of ours. The standard library's reader of them fails on what is nested."""
WORD = re.compile(r"[!#-$&-'+-Z\\^-z|}~]+")
"""What needs no quotes in IMAP. The standard library puts none around a user."""
OTHER = re.compile(r"[^ -~]+")
UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
DELETED = re.compile(rb"\\Deleted", re.IGNORECASE)
log = logs.get("imap")


class Trouble(Exception):
    """The mailbox's server said no."""


class Collector:
    """Reads one mailbox, round by round."""

    def __init__(self, mailbox: Imap) -> None:
        self.mailbox = mailbox
        self.can: set[str] = set()

    def collect(self) -> int:
        """Deal with what has come; how many mails. Raises OSError, Trouble or imaplib's errors."""
        try:
            return self.go_round()
        except OSError:  # a certificate that does not hold is a ValueError, too
            raise
        except (AttributeError, OverflowError, ValueError) as error:  # the standard library's, of what is no IMAP
            log.exception("mailbox not understood")
            raise Trouble("its answers cannot be read") from error

    def go_round(self) -> int:
        with connected(self.mailbox) as server:
            log_in(server, self.mailbox.user, self.mailbox.password)
            self.can = capabilities(server)
            server.create(quoted(spelt(self.mailbox.handled)))  # "no" when it is there
            there = int(asked(server.select(quoted(spelt(self.mailbox.folder))), "select")[0] or 0)
            taken = (uid for uid in waiting(server, there) if self.take_one(server, uid))
            return sum(1 for _ in islice(taken, BATCH))

    def take_one(self, server: imaplib.IMAP4, uid: str) -> bool:
        """Whether it is dealt with. One mail that the server will not give, or move, is not in the others' way."""
        try:
            self.take(server, uid)
        except imaplib.IMAP4.abort:  # nothing more is heard of it
            raise
        except (Trouble, imaplib.IMAP4.error) as error:  # some servers call it "bad" to ask for what they cannot give
            log.warning("mail stays in the mailbox", refused=str(error))
            return False
        return True

    def take(self, server: imaplib.IMAP4, uid: str) -> None:
        for raw in contents(asked(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{READ}>)"), "fetch")):
            for recipient in ours(raw):
                feedback.receive(raw, recipient)
        self.move(server, uid)

    def move(self, server: imaplib.IMAP4, uid: str) -> None:
        """In one step where the server can (RFC 6851), else by a copy and a removal of this mail alone (RFC 4315)."""
        target = quoted(spelt(self.mailbox.handled))
        if "MOVE" in self.can:
            asked(server.uid("MOVE", uid, target), "move")
        else:
            asked(server.uid("COPY", uid, target), "copy")
            asked(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), "store")
            if "UIDPLUS" in self.can:
                asked(server.uid("EXPUNGE", uid), "expunge")


def connected(mailbox: Imap) -> imaplib.IMAP4:
    """Certificates are checked, as everywhere."""
    if mailbox.tls == "implicit":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=TIMEOUT)
    server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT)
    if mailbox.tls == "starttls":
        server.starttls(ssl.create_default_context())
    return server


def log_in(server: imaplib.IMAP4, user: str, password: str) -> None:
    """By LOGIN; who or what is no plain word of it by the way that takes every letter (RFC 4616)."""
    both = f"\0{user}\0{password}"
    try:
        if WORD.fullmatch(user) and password.isascii():
            server.login(user, password)
        else:
            server.authenticate("PLAIN", lambda _: both.encode())
    except imaplib.IMAP4.error as error:  # shown, and servers quote what they do not take
        raise Trouble(logs.without(str(error), both, quoted(password)[1:-1], password)) from None


def capabilities(server: imaplib.IMAP4) -> set[str]:
    """Asked anew: most servers tell only whom they know what they can do."""
    return {name.upper() for line in asked(server.capability(), "capability") for name in line.decode().split()}


def asked(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    """What the server gave, if it said yes."""
    status, found = answer
    if status != "OK":
        said = b" ".join(line for line in found if isinstance(line, bytes))
        raise Trouble(f"{what}: {said.decode(errors='replace')}")
    return found


def waiting(server: imaplib.IMAP4, there: int) -> list[str]:
    """The mails in a folder that holds so many, oldest first.

    Listed, not searched for: a search answers in one line, and one of a megabyte is none to the standard library.
    """
    listed = asked(server.fetch(f"1:{there}", "(UID FLAGS)"), "list") if there else []
    kept = (UID.search(line) for line in listed if isinstance(line, bytes) and not DELETED.search(line))
    return [uid[1].decode() for uid in kept if uid]


def contents(fetched: list[Any]) -> list[bytes]:
    """Some servers say yes, and give nothing: that mail was not read."""
    found = [item[1] for item in fetched if isinstance(item, tuple)]
    if not found:
        raise Trouble("fetch")
    return found


def ours(raw: bytes) -> list[str]:
    """The addresses of ours that a mail was for; if there is none, whatever it says, which sets it aside.

    Each once, however often and in whatever spellings it stands there.
    """
    message = BytesHeaderParser().parsebytes(raw)
    told = [str(value) for name in RECIPIENTS for value in message.get_all(name, [])]
    found = {mailboxes.read(word): word for value in told for word in BETWEEN.split(value)}
    return [word for named, word in found.items() if named] or [""]


def spelt(folder: str) -> str:
    """Other letters as IMAP has them in folders' names (RFC 3501 5.1.3); what has none may be spelt so already."""
    if folder.isascii():
        return folder
    return OTHER.sub(lambda found: in_other_letters(found[0]), folder.replace("&", "&-"))


def in_other_letters(text: str) -> str:
    return f"&{base64.b64encode(text.encode('utf-16-be'), b'+,').decode().rstrip('=')}-"


def quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
