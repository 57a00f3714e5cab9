"""Mails that come back, as servers and people write them; and whom they are about."""

from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from newsletter import clock, mailboxes
from tests.kept import contact

PATTERN = "*@back.example.org"
UNSUBSCRIBE, COMPLAINTS = "unsubscribe@back.example.org", "complaints@back.example.org"


def report(kind: str, block: MIMEBase, original: Message) -> MIMEMultipart:
    """A multipart/report (RFC 6522): words for people, the report, and what it is about."""
    mail = MIMEMultipart("report", report_type=kind)
    mail["From"] = "MAILER-DAEMON@mx.example.org"
    mail["Date"] = format_datetime(clock.now())
    mail["Auto-Submitted"] = "auto-replied"
    mail.attach(MIMEText("This is what a server has to say.\n"))
    mail.attach(block)
    mail.attach(MIMEMessage(original))
    return mail


def dsn(status: str = "5.1.1", action: str = "failed", recipient: str = "ada@example.org") -> bytes:
    """A delivery status notification (RFC 3464)."""
    block = MIMEBase("message", "delivery-status")
    host, person = EmailMessage(), EmailMessage()
    host["Reporting-MTA"] = "dns; mx.example.org"
    person["Final-Recipient"] = f"rfc822; {recipient}"
    person["Action"] = action
    person["Status"] = f"{status} (as it is)"
    block.set_payload([host, person])
    return report("delivery-status", block, text("Please confirm")).as_bytes()


def arf(feedback_type: str = "abuse", sender: str = "", leave: str = "") -> bytes:
    """A complaint from a feedback loop (RFC 5965), about a mail that was sent from there and could be left there."""
    said = EmailMessage()
    said["Feedback-Type"] = feedback_type
    said["User-Agent"] = "Loop/1.0"
    said["Version"] = "1"
    if sender:
        said["Original-Mail-From"] = f"<{sender}>"
    block = MIMEBase("message", "feedback-report")
    block.set_payload([said])
    original = text("News of the week")
    if leave:
        original["List-Unsubscribe"] = leave
    return report("feedback-report", block, original).as_bytes()


def text(subject: str = "", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "somebody@example.org"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(clock.now())
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Hello\n")
    return mail


def note(subject: str = "", **headers: str) -> bytes:
    """A mail that somebody wrote, or their program."""
    return text(subject, **headers).as_bytes()


def status(address: str = "ada@example.org") -> str:
    return contact(address).status


def of_contact(address: str = "ada@example.org") -> str:
    """The envelope sender of a letter to somebody subscribed."""
    return mailboxes.sender(mailboxes.AddressKind.CONTACT, contact(address).id) or ""
