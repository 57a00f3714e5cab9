"""A test mail to ourselves: out by the relay, and back by the way that bounces and withdrawals take."""

from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from newsletter import clock, logs, mailboxes, outbox

TEXT = "This mail proves that what is sent here arrives. Nobody needs to read it.\r\n"
log = logs.get("probe")


def send_probe() -> int:
    """Send one when it is time; how many were. What goes wrong shows by its not coming back."""
    if not mailboxes.probe_due():
        return 0
    itself = mailboxes.fresh_probe()
    refused = outbox.hand_over_alone(itself, written(itself))
    if refused:
        log.warning("test mail not accepted", code=refused.code, step=refused.step)
    return 0 if refused else 1


def written(itself: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = mail["To"] = itself
    mail["Subject"] = "Test of the way back"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{itself}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(TEXT)
    return mail.as_bytes()
