"""An ordinary mail client."""

import smtplib

ADA, GRACE = "ada@example.org", "grace@example.org"
LETTER = b"Subject: =?utf-8?q?Velkommen_=C3=A5bent?=\r\n\r\n.dot\r\nHej\r\n"
PATIENT, IMPATIENT = 10, 0.3  # seconds that a client waits for a reply


def send(client: smtplib.SMTP, *recipients: str) -> dict[str, tuple[int, bytes]]:
    return client.sendmail("news@example.com", recipients or [ADA], LETTER)


def lose_patience(client: smtplib.SMTP) -> None:
    assert client.sock is not None
    client.sock.settimeout(IMPATIENT)
